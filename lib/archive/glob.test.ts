import { describe, expect, it } from 'vitest';
import { compileGlob } from '#lib/archive/glob';

describe('compileGlob', () => {
  it.each([
    ['a/*.csv', 'x.csv', true],
    ['a/*.csv', 'b/x.csv', false],
    ['a/**/*.parquet', 'x.parquet', true],
    ['a/**/*.parquet', 'd=1/h=2/x.parquet', true],
    ['a/**', 'any/thing.csv', true],
    ['a/hour=?.csv', 'hour=7.csv', true],
    ['a/hour=?.csv', 'hour=07.csv', false],
    ['a/hour=[0-2].csv', 'hour=2.csv', true],
    ['a/hour=[!0-2].csv', 'hour=2.csv', false],
    ['a/hour=[!0-2].csv', 'hour=3.csv', true],
    ['a/*.{csv,parquet}', 'x.parquet', true],
    ['a/*.{csv,parquet}', 'x.json', false],
    ['a/*.csv', 'x.csv.gz', false],
    ['a/*(1)+$.csv', 'x(1)+$.csv', true],
    ['a/*.csv', 'line\nend.csv', true],
    ['a/\\*.csv', '*.csv', true],
    ['a/\\*.csv', 'x.csv', false],
    ['a/[.csv', '[.csv', true],
  ])('%s against %j is %s', (pattern, path, expected) => {
    expect(compileGlob(pattern).matches(path)).toBe(expected);
  });

  it('keeps the folder before the first glob character', () => {
    expect(compileGlob('/data/archive/date=*/x.csv').base).toBe('/data/archive');
    expect(compileGlob('/data/events.csv').base).toBe('/data');
  });
});
