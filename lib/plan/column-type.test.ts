import { expect, it } from 'vitest';
import { DECLARABLE_TYPES, parseColumnType } from '#lib/plan/column-type';

it.each([
  ['TINYINT', 'tinyint int1'],
  ['SMALLINT', 'smallint int2 short'],
  ['INTEGER', 'integer int int4 signed'],
  ['BIGINT', 'bigint int8 long'],
  ['HUGEINT', 'hugeint'],
  ['UTINYINT', 'utinyint'],
  ['USMALLINT', 'usmallint'],
  ['UINTEGER', 'uinteger'],
  ['UBIGINT', 'ubigint'],
  ['UHUGEINT', 'uhugeint'],
  ['FLOAT', 'float float4 real'],
  ['DOUBLE', 'double float8'],
  ['BOOLEAN', 'boolean bool logical'],
  ['VARCHAR', 'varchar text string char bpchar'],
  ['TIMESTAMP', 'timestamp datetime'],
  ['TIMESTAMP WITH TIME ZONE', 'timestamptz'],
  ['DATE', 'date'],
  ['UUID', 'uuid'],
])('%s is written %s', (type, names) => {
  for (const name of names.split(' ')) expect(parseColumnType(name)).toBe(type);
});

it.each([
  ['double precision', 'DOUBLE'],
  ['timestamp without time zone', 'TIMESTAMP'],
  [' Timestamp  With\tTime Zone ', 'TIMESTAMP WITH TIME ZONE'],
  ['decimal(18,2)', 'DECIMAL(18,2)'],
  [' NUMERIC ( 5 , 5 ) ', 'DECIMAL(5,5)'],
  ['dec(1)', 'DECIMAL(1,0)'],
  ['decimal(38,38)', 'DECIMAL(38,38)'],
  ['decimal(38, 10)', 'DECIMAL(38,10)'],
])('%j is %s', (text, type) => {
  expect(parseColumnType(text)).toBe(type);
});

it.each([
  '',
  'money',
  'decimal',
  'decimal()',
  'decimal(0,0)',
  'decimal(0)',
  'decimal(39)',
  'decimal(2,3)',
  'decimal(18,2)[]',
  'mydecimal(18,2)',
])('%j is none', (text) => {
  expect(parseColumnType(text)).toBeNull();
});

it('knows every type that it offers', () => {
  expect(DECLARABLE_TYPES.filter((name) => parseColumnType(name) === null)).toEqual([]);
});
