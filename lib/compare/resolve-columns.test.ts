import { describe, expect, it } from 'vitest';
import type { TypedCalculation } from '#lib/calculation/calculation';
import type { LiveColumn } from '#lib/compare/live-column';
import { resolveColumns, unknownLive } from '#lib/compare/resolve-columns';
import { parsePlan } from '#lib/plan/parse';
import type { Plan } from '#lib/plan/plan';
import { PLAN_TEXT, planWith } from '#lib/plan/sample.testing';

const planOf = (text: string): Plan => {
  const { plan, problems } = parsePlan(text);
  if (plan === null) throw new Error(problems.map((p) => p.message).join(' '));
  return plan;
};
const live = (name: string, sqlType: string, type: string, nullable = false): LiveColumn => ({
  name,
  sqlType,
  type,
  nullable,
});
const USER = live('user_id', 'bigint', 'BIGINT');
const HOUR = live('hour', 'timestamptz', 'TIMESTAMP WITH TIME ZONE');
const TOTAL = live('total', 'numeric(18,2)', 'DECIMAL(18,2)', true);
const EVENTS = live('events', 'bigint', 'BIGINT');
const TABLE = [USER, HOUR, TOTAL, EVENTS];

type Given = {
  text?: string;
  table?: readonly LiveColumn[];
  total?: string;
  key?: string;
  scales?: [string, number][];
  zonedBucket?: boolean;
};
function resolved({ text = PLAN_TEXT, table = TABLE, total, key, scales = [], zonedBucket = false }: Given) {
  const plan = planOf(text);
  const measure = (name: string) => ({ name, sql: '"@a0"', single: '@a0' });
  const calculation: TypedCalculation = {
    ...plan.calculation,
    versions: [],
    aggregates: [],
    measures: [measure('total'), measure('events')],
    deleted: null,
    columns: [],
    sha256: '',
    keyTypes: [key ?? 'BIGINT'],
    argumentTypes: [],
    measureTypes: [total ?? 'DECIMAL(38,2)', 'BIGINT'],
  };
  return resolveColumns(plan, calculation, table, { scales: new Map(scales), zonedBucket });
}
const replaced = (column: LiveColumn): LiveColumn[] =>
  TABLE.map((each) => (each.name === column.name ? column : each));
const codes = (given: Given): string[] =>
  resolved(given).problems.map((p) => `${p.code} ${p.at?.path ?? ''}`);

describe('resolveColumns', () => {
  it('compares in the live types, instants as instants', () => {
    const { columns, problems } = resolved({});
    expect(problems).toEqual([]);
    expect(columns).toEqual({
      keys: [{ ...USER, from: 'BIGINT', zoned: true, tolerance: null }],
      bucket: { ...HOUR, type: 'TIMESTAMP', from: 'TIMESTAMP', zoned: true, tolerance: null },
      measures: [
        { ...TOTAL, from: 'DECIMAL(38,2)', zoned: true, tolerance: '0' },
        { ...EVENTS, from: 'BIGINT', zoned: true, tolerance: null },
      ],
      cut: null,
      warnings: [],
    });
  });

  it.each<[string, LiveColumn, boolean, boolean]>([
    ['timestamptz', HOUR, false, true],
    ['timestamp', live('hour', 'timestamp', 'TIMESTAMP'), true, false],
    ['date', live('hour', 'date', 'DATE'), true, false],
    ['text of a file with an offset', live('hour', 'VARCHAR', 'VARCHAR'), true, true],
    ['text of a file without one', live('hour', 'VARCHAR', 'VARCHAR'), false, false],
  ])('a bucket of %s', (_, column, zonedBucket, zoned) => {
    const { columns, problems } = resolved({ table: replaced(column), zonedBucket });
    expect(problems).toEqual([]);
    expect(columns?.bucket).toMatchObject({ type: 'TIMESTAMP', zoned, sqlType: column.sqlType });
  });

  it.each<[string, LiveColumn, boolean]>([
    ['an instant without a zone', live('user_id', 'timestamp', 'TIMESTAMP'), false],
    ['a date', live('user_id', 'DATE', 'DATE'), false],
    ['an instant with a zone', live('user_id', 'timestamptz', 'TIMESTAMP WITH TIME ZONE'), true],
  ])('a key that is %s', (_, column, zoned) => {
    expect(resolved({ table: replaced(column), key: 'TIMESTAMP' }).columns?.keys[0]?.zoned).toBe(zoned);
  });

  it.each<[string, LiveColumn, string, number | null, string]>([
    ['takes the live scale', TOTAL, 'DECIMAL(38,2)', null, 'DECIMAL(18,2)'],
    ["takes the plan's type in a file", live('total', 'VARCHAR', 'VARCHAR'), 'BIGINT', null, 'BIGINT'],
    [
      'widens an integer to what a file holds',
      live('total', 'VARCHAR', 'VARCHAR'),
      'BIGINT',
      2,
      'DECIMAL(38,2)',
    ],
    [
      'widens a decimal to what a file holds',
      live('total', 'VARCHAR', 'VARCHAR'),
      'DECIMAL(38,2)',
      3,
      'DECIMAL(38,3)',
    ],
    [
      'widens by no digit that is not needed',
      live('total', 'VARCHAR', 'VARCHAR'),
      'DECIMAL(18,2)',
      2,
      'DECIMAL(18,2)',
    ],
    ['leaves a float as it is', live('total', 'VARCHAR', 'VARCHAR'), 'DOUBLE', 4, 'DOUBLE'],
    [
      'gives NUMERIC what both need',
      live('total', 'numeric', 'NUMERIC'),
      'DECIMAL(38,2)',
      5,
      'DECIMAL(38,5)',
    ],
    ["… the plan's digits too", live('total', 'numeric', 'NUMERIC'), 'DECIMAL(38,4)', 1, 'DECIMAL(38,4)'],
    ['… and 38 at most', live('total', 'numeric', 'NUMERIC'), 'DECIMAL(38,2)', 40, 'DECIMAL(38,38)'],
    ['does not widen a typed column', live('total', 'bigint', 'BIGINT'), 'DECIMAL(38,2)', 3, 'BIGINT'],
    [
      'an instant with a zone is an instant',
      live('total', 'timestamptz', 'TIMESTAMP WITH TIME ZONE'),
      'TIMESTAMP',
      null,
      'TIMESTAMP',
    ],
  ])('%s', (_, column, from, scale, type) => {
    const scales: [string, number][] = scale === null ? [] : [['total', scale]];
    const { columns, problems } = resolved({ table: replaced(column), total: from, scales });
    expect(problems).toEqual([]);
    expect(columns?.measures[0]).toMatchObject({ type, from });
  });

  it.each<[string, string, boolean]>([
    ['BIGINT', 'DECIMAL(38,2)', true],
    ['DOUBLE', 'BIGINT', true],
    ['BIGINT', 'VARCHAR', false],
    ['BIGINT', 'TIMESTAMP', false],
    ['TIMESTAMP', 'DATE', true],
    ['DATE', 'TIMESTAMP', true],
    ['DATE', 'TIMESTAMP WITH TIME ZONE', true],
    ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMP', true],
    ['TIMESTAMP', 'BIGINT', false],
    ['DATE', 'VARCHAR', false],
    ['VARCHAR', 'BIGINT', true],
    ['VARCHAR', 'DOUBLE', false],
    ['UUID', 'VARCHAR', true],
    ['UUID', 'BIGINT', false],
    ['UUID', 'UUID', true],
    ['BOOLEAN', 'VARCHAR', false],
    ['BOOLEAN', 'BOOLEAN', true],
  ])('live %s against %s: %s', (type, from, fits) => {
    const found = codes({ table: replaced(live('total', type.toLowerCase(), type)), total: from });
    expect(found).toEqual(fits ? [] : ['plan.live.type calculation.versions[0].measures.total']);
  });

  it('names every column that the table does not have, with the nearest', () => {
    const { columns, problems } = resolved({ table: [live('user', 'bigint', 'BIGINT'), TOTAL] });
    expect(columns).toBeNull();
    expect(problems.map((p) => `${p.code} ${p.at?.path}`)).toEqual([
      'plan.live.column_unknown live.keys[0]',
      'plan.live.column_unknown calculation.versions[0].measures.events',
      'plan.live.column_unknown live.bucket.column',
    ]);
    expect(resolved({ table: [live('user_ids', 'bigint', 'BIGINT')] }).problems[0]?.fix).toBe(
      'Did you mean "user_ids"? Its columns are user_ids.',
    );
    expect(resolved({ table: [live('quite_another', 'bigint', 'BIGINT')] }).problems[0]?.fix).toBe(
      'Its columns are quite_another.',
    );
  });

  it('refuses a bucket column that is no time, and a cut column that is none', () => {
    expect(codes({ table: replaced(live('hour', 'int', 'INTEGER')) })).toEqual([
      'plan.live.type live.bucket.column',
    ]);
    const text = planWith(['cut: 2024-06-10T13:00:00Z', 'cut: up_to']);
    expect(codes({ text })).toEqual(['plan.live.column_unknown live.cut']);
    const table = [...TABLE, live('up_to', 'timestamp', 'TIMESTAMP')];
    expect(resolved({ text, table }).columns?.cut).toBe('up_to');
  });

  it('takes a tolerance for floats, and 0 for all', () => {
    const tolerant = (value: string): string => planWith(['{ total: 0 }', `{ total: ${value} }`]);
    const float = replaced(live('total', 'double precision', 'DOUBLE'));
    expect(codes({ text: tolerant('0.001'), table: float, total: 'DOUBLE' })).toEqual([]);
    expect(codes({ text: tolerant('0.001') })).toEqual(['plan.compare.tolerance compare.tolerance.total']);
    expect(codes({ text: tolerant('0.0') })).toEqual([]);
  });
});

describe('unknownLive', () => {
  const { live: place, calculation } = planOf(planWith(['cut: 2024-06-10T13:00:00Z', 'cut: up_to']));

  it('names what the table does not have, without any type', () => {
    const paths = (columns: readonly LiveColumn[]) =>
      unknownLive(place, calculation.versions, { columns }).map((p) => p.at?.path);
    expect(paths([])).toEqual([
      'live.keys[0]',
      'live.bucket.column',
      'live.cut',
      'calculation.versions[0].measures.total',
      'calculation.versions[0].measures.events',
    ]);
    expect(paths([...TABLE, live('up_to', 'timestamp', 'TIMESTAMP')])).toEqual([]);
    expect(paths(TABLE)).toEqual(['live.cut']);
  });

  it('asks nothing of what a plan does not say', () => {
    expect(unknownLive(null, [], { columns: [] })).toEqual([]);
    const plain = { ...place, bucket: null, cut: { kind: 'instant', at: 0n } } as const;
    expect(unknownLive(plain, [], { columns: [USER] })).toEqual([]);
  });
});
