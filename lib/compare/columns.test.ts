import { expect, it } from 'vitest';
import {
  type ComparedColumn,
  type ComparedColumns,
  discrepancyColumns,
  isDecimal,
  isFloat,
  isInstant,
  isInteger,
  isNumeric,
  isUntyped,
  scaleOf,
  snapshotColumns,
} from '#lib/compare/columns';

it.each<[string, string]>([
  ['TINYINT', 'integer numeric'],
  ['UHUGEINT', 'integer numeric'],
  ['HUGEINT', 'integer numeric'],
  ['UBIGINT', 'integer numeric'],
  ['DECIMAL(18,2)', 'decimal numeric'],
  ['FLOAT', 'float numeric'],
  ['DOUBLE', 'float numeric'],
  ['TIMESTAMP', 'instant'],
  ['TIMESTAMP WITH TIME ZONE', 'instant'],
  ['DATE', ''],
  ['VARCHAR', ''],
  ['INTERVAL', ''],
  ['BIGINT[]', ''],
  ['STRUCT(a BIGINT)', ''],
])('%s is %s', (type, kinds) => {
  const found = [
    isInteger(type) && 'integer',
    isDecimal(type) && 'decimal',
    isFloat(type) && 'float',
    isNumeric(type) && 'numeric',
    isInstant(type) && 'instant',
  ];
  expect(found.filter((kind) => kind !== false).join(' ')).toBe(kinds);
});

it('knows the digits after the point', () => {
  expect(['DECIMAL(18,2)', 'DECIMAL(38,10)', 'BIGINT', 'DECIMAL(18,2)[]'].map(scaleOf)).toEqual([
    2, 10, 0, 0,
  ]);
});

it('only text of a file is untyped', () => {
  const each = [
    { type: 'VARCHAR', sqlType: 'VARCHAR' },
    { type: 'VARCHAR', sqlType: 'text' },
    { type: 'BIGINT', sqlType: 'VARCHAR' },
  ];
  expect(each.map(isUntyped)).toEqual([true, false, false]);
});

const column = (name: string, type = 'BIGINT'): ComparedColumn => ({
  name,
  sqlType: type,
  type,
  from: type,
  zoned: false,
  tolerance: null,
  nullable: true,
});
const columns: ComparedColumns = {
  keys: [column('a'), column('b')],
  bucket: column('hour', 'TIMESTAMP'),
  measures: [column('total', 'DECIMAL(18,2)'), column('name', 'VARCHAR')],
  cut: 'up_to',
  warnings: [],
};

it('a live row is read with every column once, in order', () => {
  expect(snapshotColumns(columns)).toEqual(['a', 'b', 'hour', 'total', 'name', 'up_to']);
  expect(snapshotColumns({ ...columns, bucket: null, cut: null })).toEqual(['a', 'b', 'total', 'name']);
  expect(snapshotColumns({ ...columns, cut: 'total' })).toEqual(['a', 'b', 'hour', 'total', 'name']);
});

it('discrepancies say which measures are numbers', () => {
  expect(discrepancyColumns(columns)).toEqual({
    keys: [
      { name: 'a', type: 'BIGINT' },
      { name: 'b', type: 'BIGINT' },
    ],
    bucket: { name: 'hour', type: 'TIMESTAMP' },
    measures: [
      { name: 'total', type: 'DECIMAL(18,2)', numeric: true },
      { name: 'name', type: 'VARCHAR', numeric: false },
    ],
  });
  expect(discrepancyColumns({ ...columns, bucket: null }).bucket).toBeNull();
});
