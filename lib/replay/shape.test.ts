import { describe, expect, it } from 'vitest';
import { parsePlan } from '#lib/plan/parse';
import { planWith } from '#lib/plan/sample.testing';
import {
  bucketOf,
  byVersion,
  cellNames,
  clockSql,
  contentColumns,
  keyNames,
  type Shape,
  sequenceSql,
  tieBreakSql,
  timestampSql,
  withinSql,
} from '#lib/replay/shape';

type Change = readonly [from: string, to: string];
const SINCE = [null, 1_000_000n, 2_000_000n];
function shapeOf(changes: readonly Change[] = [], replayWith: 'deployed' | number = 'deployed'): Shape {
  const { plan, problems } = parsePlan(planWith(...changes));
  if (plan === null) throw new Error(problems.map((p) => p.message).join(' '));
  const versions = SINCE.map((since, i) => ({ version: i + 1, since, where: null, keys: [] }));
  return {
    plan,
    calculation: {
      ...plan.calculation,
      versions,
      replayWith,
      aggregates: [],
      measures: [],
      deleted: null,
      columns: [],
      sha256: '',
      keyTypes: [],
      argumentTypes: [],
      measureTypes: [],
    },
    columns: ['event_id', 'received_at', 'offset', 'va"lue'].map((name) => ({ name, type: 'VARCHAR' })),
    notContent: ['received_at', 'offset'],
    bucketZoned: true,
  };
}

describe('the version of an event', () => {
  it('is the last that it has passed, by the clock of the window', () => {
    expect(byVersion(shapeOf(), ['a', 'b', 'c'])).toBe(
      `CASE WHEN "@time" >= TIMESTAMP '1970-01-01 00:00:02.000000' THEN c` +
        ` WHEN "@time" >= TIMESTAMP '1970-01-01 00:00:01.000000' THEN b ELSE a END`,
    );
    expect(byVersion(shapeOf([['clock: time', 'clock: ingested']]), ['a', 'b', 'b'])).toContain(
      `WHEN "@arrived" >=`,
    );
  });

  it('needs no asking where all versions say the same', () => {
    expect(byVersion(shapeOf(), ['a', 'a', 'a'])).toBe('a');
    expect(byVersion(shapeOf(), ['a', 'a', 'b'])).toContain('CASE');
    expect(byVersion(shapeOf(), [])).toBe('NULL');
  });

  it('is the one that the plan names', () => {
    expect([1, 2, 3].map((version) => byVersion(shapeOf([], version), ['a', 'b', 'c']))).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(byVersion(shapeOf([], 3), ['a'])).toBe('NULL');
  });
});

it('names cells by keys, and by the bucket where there are buckets', () => {
  const keys: readonly Change[] = [
    ['keys: [user_id]', 'keys: [user_id, kind]'],
    ['keys: { user_id: user_id }', 'keys: { user_id: user_id, kind: type }'],
  ];
  expect(keyNames(shapeOf(keys))).toEqual(['"@k0"', '"@k1"']);
  expect(cellNames(shapeOf(keys))).toEqual(['"@k0"', '"@k1"', '"@b"']);
  const { plan, ...rest } = shapeOf(keys);
  expect(cellNames({ ...rest, plan: { ...plan, live: { ...plan.live, state: 'running' } } })).toEqual([
    '"@k0"',
    '"@k1"',
  ]);
});

it('writes instants to the microsecond, and intervals half-open', () => {
  expect(timestampSql(1n)).toBe("TIMESTAMP '1970-01-01 00:00:00.000001'");
  expect(withinSql('t', { from: 0n, to: 1n })).toBe(
    "(t >= TIMESTAMP '1970-01-01 00:00:00.000000' AND t < TIMESTAMP '1970-01-01 00:00:00.000001')",
  );
});

it('content is every column but arrival, sequence and the keys of the path', () => {
  expect(contentColumns(shapeOf())).toEqual(['"event_id"', '"va""lue"']);
});

it('ties are broken by sequence and id, without an id by content', () => {
  const without: readonly Change[] = [
    ['    id: event_id\n', ''],
    ['    sequence: offset\n', ''],
  ];
  expect([sequenceSql(shapeOf()), tieBreakSql(shapeOf())]).toEqual(['"offset"', '"event_id"']);
  expect([sequenceSql(shapeOf(without)), tieBreakSql(shapeOf(without))]).toEqual([
    'NULL',
    'row("event_id", "va""lue")',
  ]);
});

it('goes by the clock that the window is told in', () => {
  expect(clockSql(shapeOf())).toBe('"@time"');
  expect(clockSql(shapeOf([['clock: time', 'clock: ingested']]))).toBe('"@arrived"');
});

it('has a bucket only where the plan has', () => {
  expect(bucketOf(shapeOf(), 't')).toContain('epoch_us(t)');
  const { plan, ...rest } = shapeOf();
  expect(bucketOf({ ...rest, plan: { ...plan, live: { ...plan.live, bucket: null } } }, 't')).toBe('NULL');
});
