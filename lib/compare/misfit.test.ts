import { describe, expect, it } from 'vitest';
import type { ComparedColumn } from '#lib/compare/columns';
import { fixOfMisfit } from '#lib/compare/misfit';

const column = (sqlType: string, type: string, from: string): ComparedColumn => ({
  name: 'total',
  sqlType,
  type,
  from,
  zoned: false,
  tolerance: null,
  nullable: true,
});

describe('what helps where a live column cannot hold a value', () => {
  it.each([
    ['numeric(18,2)', 'DECIMAL(18,2)', 'DECIMAL(38,3)', '1.005', 'round(…, 2)'],
    ['numeric(18,2)', 'DECIMAL(18,2)', 'DOUBLE', '0.3333333333333333', 'round(…, 2)'],
    ['integer', 'INTEGER', 'DECIMAL(38,2)', '-7.50', 'round(…, 0)'],
    ['integer', 'INTEGER', 'DOUBLE', '2.5e-07', 'round(…, 0)'],
    ['numeric', 'DECIMAL(38,2)', 'DOUBLE', '0.125', 'round(…, 6)::decimal(38,6)'],
    ['double precision', 'DOUBLE', 'HUGEINT', '9007199254740993', '(…)::double'],
    ['real', 'FLOAT', 'DOUBLE', '0.1', '(…)::float'],
    ['date', 'DATE', 'TIMESTAMP', '2024-06-10 12:00:00', '(…)::date'],
    [
      'timestamp(3) without time zone',
      'TIMESTAMP',
      'TIMESTAMP',
      '2024-06-10 12:00:00.1234',
      "date_trunc('millisecond', …)",
    ],
    [
      'timestamp(0) with time zone',
      'TIMESTAMP',
      'TIMESTAMP',
      '2024-06-10 12:00:00.5',
      "date_trunc('second', …)",
    ],
    ['character varying(3)', 'VARCHAR', 'VARCHAR', 'long', 'left(…, 3)'],
  ])('%s from %s %s: %s', (sqlType, type, from, value, help) => {
    expect(fixOfMisfit(column(sqlType, type, from), value, false)).toContain(`\`${help}\``);
  });

  it.each([
    ['integer', 'INTEGER', 'HUGEINT', '2147483648'],
    ['integer', 'INTEGER', 'DECIMAL(38,1)', '2147483647.5'],
    ['smallint', 'SMALLINT', 'DOUBLE', '-32768.5'],
    ['numeric(4,2)', 'DECIMAL(4,2)', 'DECIMAL(38,2)', '100.00'],
    ['numeric(4,2)', 'DECIMAL(4,2)', 'DECIMAL(38,3)', '99.995'],
    ['bigint', 'BIGINT', 'DOUBLE', '1e+20'],
    ['UTINYINT', 'UTINYINT', 'BIGINT', '-1'],
  ])('%s from %s %s: %s fits by no rounding, the column must be wider', (sqlType, type, from, value) => {
    const fix = fixOfMisfit(column(sqlType, type, from), value, false);
    expect(fix).toContain('Widen the column');
    expect(fix).not.toContain('round');
  });

  it('no rounding makes a number of infinity and NaN', () => {
    for (const value of ['inf', '-inf', 'nan'])
      expect(fixOfMisfit(column('integer', 'INTEGER', 'DOUBLE'), value, false)).toBe(
        `The column takes numbers only. Give another value for ${value} in the measure "total".`,
      );
  });

  it('names the key', () => {
    expect(fixOfMisfit(column('uuid', 'UUID', 'VARCHAR'), 'x', true)).toBe(
      'Change the expression in the key "total" so that it gives values of uuid.',
    );
  });
});
