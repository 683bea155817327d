import { describe, expect, it } from 'vitest';
import { compileGlob, isGlob } from '#lib/archive/glob';

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
    ['a/*/x.csv', 'b/x.csv', true],
    ['a/*/x.csv', 'bx.csv', false],
    ['a/*.{csv,{json,ndjson}}', 'x.ndjson', true],
    ['a/*.{csv,{json,ndjson}}', 'x.json', true],
    ['a/{x,y},*.csv', 'y,1.csv', true],
    ['a/{x,y},*.csv', 'y', false],
    ['a/*{.csv', 'x{.csv', true],
    ['a/*}.csv', 'x}.csv', true],
    ['a/*,1.csv', 'x,1.csv', true],
    ['a/*\\', 'x\\', true],
    ['a/[^0-2].csv', '3.csv', true],
    ['a/[^0-2].csv', '2.csv', false],
    ['a/[!0-2].csv', '!.csv', true],
    ['a/x[!0-2]y.csv', 'x/y.csv', false],
    ['a/[]].csv', '].csv', true],
  ])('%s against %j is %s', (pattern, path, expected) => {
    expect(compileGlob(pattern).matches(path)).toBe(expected);
  });

  it('says whether it looks below the first folder', () => {
    const deep = (pattern: string) => compileGlob(pattern).deep;
    expect(['a/*.csv', 'a/x.csv', 'a/*'].map(deep)).toEqual([false, false, false]);
    expect(['a/*/x.csv', 'a/**', 'a/**/x.csv', 'a/x**.csv'].map(deep)).toEqual([true, true, true, true]);
  });

  it('keeps the folder before the first glob character', () => {
    expect(compileGlob('/data/archive/date=*/x.csv').base).toBe('/data/archive');
    expect(compileGlob('/data/events.csv').base).toBe('/data');
  });
});

it('is told from a path by its marks', () => {
  expect(['a/*.csv', 'a/?.csv', 'a/[0-9].csv', 'a/{x,y}.csv'].every(isGlob)).toBe(true);
  expect(['a/b.csv', 'a]b}.csv', ''].some(isGlob)).toBe(false);
});

it.each([
  ['a/b.csv', 'a', false],
  ['a/*.csv', 'a', false],
  ['b.csv', '', false],
  ['a**.csv', '', true],
  ['a/*/b.csv', 'a', true],
  ['a/**', 'a', true],
])('%s is looked for in %j, below it: %s', (pattern, base, deep) => {
  const glob = compileGlob(pattern);
  expect([glob.base, glob.deep]).toEqual([base, deep]);
});
