import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseDecimal } from '#lib/base/decimal';
import { parseInstant } from '#lib/base/instant';
import type { OracleCalculation, OracleEvent, OracleIncident, OracleRow } from '#lib/compare/oracle/incident';
import { consultOracle } from '#lib/compare/oracle/oracle';
import { parsePlan, parsePlanValue } from '#lib/plan/parse';
import type { Plan } from '#lib/plan/plan';

const at = (text: string): bigint => parseInstant(text.length === 5 ? `2024-06-10T${text}:00Z` : text)!;

/** sum(value) and count(*) by user_id, for all versions alike. */
const SUMS: OracleCalculation = {
  where: new Map(),
  keys: new Map([[1, [(f) => f.user_id ?? null]]]),
  keyTypes: ['text'],
  measures: [
    {
      name: 'total',
      type: { scale: 2 },
      aggregates: [
        {
          fn: 'sum',
          distinct: false,
          inputs: new Map([[1, { argument: (f) => f.value ?? null, filter: null }]]),
        },
      ],
      combine: ([sum]) => sum ?? null,
    },
    {
      name: 'events',
      type: 'integer',
      aggregates: [
        { fn: 'count', distinct: false, inputs: new Map([[1, { argument: null, filter: null }]]) },
      ],
      combine: ([count]) => count ?? null,
    },
  ],
  deleted: null,
};
const LAST: OracleCalculation = {
  ...SUMS,
  measures: [
    {
      name: 'total',
      type: { scale: 2 },
      aggregates: [
        {
          fn: 'last',
          distinct: false,
          inputs: new Map([[1, { argument: (f) => f.value ?? null, filter: null }]]),
        },
      ],
      combine: ([last]) => last ?? null,
    },
  ],
  deleted: (f) => f.op === 'delete',
};

type Draft = { window?: object; archive?: object; live?: object; versions?: object[]; rest?: object };
function planOf({ window = {}, archive = {}, live = {}, rest = {} }: Draft): Plan {
  const latest = 'state' in live && live.state === 'latest';
  const { plan, problems } = parsePlanValue({
    recount: 1,
    archive: {
      at: 'archive.csv',
      fields: {
        id: 'id',
        time: 'time',
        ingested: 'arrived',
        sequence: 'seq',
        ...(latest ? { deleted: "op = 'delete'" } : {}),
      },
      ...archive,
    },
    window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z', clock: 'time', ...window },
    calculation: {
      name: 'sums',
      versions: [
        {
          version: 1,
          keys: { user_id: 'user_id' },
          measures: latest ? { total: 'last(value)' } : { total: 'sum(value)', events: 'count(*)' },
        },
      ],
    },
    live: { store: 'live.csv', state: 'bucketed', keys: ['user_id'], ...live },
    ...rest,
  });
  expect(problems).toEqual([]);
  return plan!;
}

const BUCKETED = { bucket: { column: 'hour', size: '1h', timezone: 'UTC' } };
let made = 0;
const event = (
  user_id: string | null,
  time: string,
  value: string | null,
  more: Partial<OracleEvent> = {},
): OracleEvent => ({
  id: `e${made++}`,
  time: at(time),
  arrived: at(time),
  sequence: BigInt(made),
  ...more,
  fields: { user_id, value: value === null ? null : parseDecimal(value), ...more.fields },
});
const ask = (
  plan: Plan,
  events: readonly OracleEvent[],
  live: readonly OracleRow[],
  more: Partial<OracleIncident> = {},
) =>
  consultOracle({
    plan,
    calculation: plan.live.state === 'latest' ? LAST : SUMS,
    events,
    live,
    baseline: [],
    bucketZoned: true,
    ...more,
  });
const hourly = (user_id: string, hour: string, total: string, events: string): OracleRow => ({
  user_id,
  hour: `2024-06-10T${hour}:00Z`,
  total,
  events,
});

it('agrees with the first incident, which was worked out by hand', () => {
  const lines = (name: string): string[][] =>
    readFileSync(`samples/first-incident/${name}`, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
  const { plan } = parsePlan(readFileSync('samples/first-incident/plan.yaml', 'utf8'));
  const value = { ...SUMS.measures[0]!, name: 'value' };
  const events = lines('archive.csv')
    .slice(1)
    .map(
      ([id = '', time = '', user_id = '', amount = '']): OracleEvent => ({
        id,
        time: parseInstant(time),
        arrived: null,
        sequence: null,
        fields: { user_id, value: parseDecimal(amount) },
      }),
    );
  const live = lines('live.csv')
    .slice(1)
    .map(([user_id = '', text = '']) => ({ user_id, value: text }));
  const answer = consultOracle({
    plan: plan!,
    calculation: { ...SUMS, measures: [value] },
    events,
    live,
    baseline: [],
    bucketZoned: true,
  });
  const table = [answer.columns, ...answer.rows].map((row) => row.map((text) => text ?? ''));
  expect(table).toEqual(lines('expected/discrepancies.csv'));
  const corrections = answer.rows.filter(([of]) => of !== 'only_in_live').map((row) => [row[1], row[3]]);
  expect(corrections).toEqual(lines('expected/corrections.csv').slice(1));
  expect(answer.cells).toEqual({
    affected: 10,
    match: 5,
    changed: 4,
    missing_in_live: 1,
    only_in_live: 1,
    deleted: 0,
    superseded: 0,
    pending: 0,
  });
  expect(answer.archive).toMatchObject({
    records: 40,
    accepted: 38,
    duplicates: 2,
    conflicting_ids: 0,
    rejected: 0,
  });
  expect(answer.netDelta).toEqual({ value: '7.10' });
});

it('a bucket is summed whole, also where it reaches past the window', () => {
  const events = [
    event('a', '12:10', '1.00'),
    event('a', '12:50', '2.00'),
    event('a', '13:00', '4.00'),
    event('b', '12:30', '9.00'),
  ];
  const answer = ask(planOf({ live: BUCKETED }), events, [hourly('a', '12:00', '2.00', '1')]);
  expect(answer.rows).toEqual([
    ['changed', 'a', '2024-06-10T12:00:00.000000Z', '2.00', '3.00', '1.00', '1', '2', '1', '2', '0'],
  ]);
  expect(answer.cells.affected).toBe(1);
});

it('only_in_live needs a bucket of the window and no event whatever', () => {
  const live = [
    hourly('a', '12:00', '1', '1'),
    hourly('b', '12:00', '1', '1'),
    hourly('c', '13:00', '1', '1'),
  ];
  const answer = ask(planOf({ live: BUCKETED }), [event('a', '12:45', '1')], live);
  expect(answer.rows.map((row) => row.slice(0, 2))).toEqual([['only_in_live', 'b']]);
  expect(answer.rows[0]!.slice(3)).toEqual(['1.00', null, '-1.00', '1', null, '-1', '0', '0']);
  expect(answer.netDelta).toEqual({ total: '0.00', events: '0' });
  const deleting = ask(
    planOf({ live: BUCKETED, rest: { patch: { only_in_live: 'delete' } } }),
    [event('a', '12:45', '1')],
    live,
  );
  expect(deleting.patch).toEqual({ updates: 0, inserts: 0, deletes: 1 });
  expect(deleting.blockedBy).toEqual(['archive_gap']);
  expect(deleting.netDelta).toEqual({ total: '-1.00', events: '-1' });
});

it('by arrival, an earlier bucket is affected, and listed as spilled over', () => {
  const plan = planOf({ window: { clock: 'ingested' }, live: BUCKETED });
  const late = event('a', '11:59', '5', { arrived: at('12:01') });
  const answer = ask(
    plan,
    [late, event('a', '11:10', '1'), event('b', '12:05', '2', { arrived: at('12:31') })],
    [],
  );
  expect(answer.spillOver).toEqual(['2024-06-10T11:00:00.000000Z']);
  expect(answer.rows.map((row) => [row[1], row[2], row[4], row[9]])).toEqual([
    ['a', '2024-06-10T11:00:00.000000Z', '6.00', '2'],
  ]);
});

it('one event for identical copies; another content under the same id is a conflict', () => {
  const first = event('a', '12:01', '1.00');
  const copy = {
    ...first,
    arrived: at('12:09'),
    sequence: 99n,
    fields: { ...first.fields, value: parseDecimal('1.0') },
  };
  const other = event('b', '12:02', '1', { id: 'x' });
  const changed = { ...other, arrived: at('12:05'), fields: { ...other.fields, value: parseDecimal('7') } };
  const events = [copy, changed, other, first];
  const total = (conflicts: string) => {
    const answer = ask(planOf({ live: { state: 'window' }, archive: { conflicts } }), events, []);
    expect(answer.archive).toMatchObject({
      records: 4,
      accepted: 3,
      duplicates: 1,
      conflicting_ids: 1,
      rejected: 0,
    });
    expect(answer.blockedBy).toEqual(conflicts === 'block' ? ['conflicting_ids'] : []);
    return answer.rows.map((row) => [row[1], row[3], row[8], row[9]]);
  };
  expect(total('block')).toEqual([
    ['a', '1.00', '1', '1'],
    ['b', '1.00', '1', '0'],
  ]);
  expect(total('last')).toEqual([
    ['a', '1.00', '1', '1'],
    ['b', '7.00', '1', '0'],
  ]);
});

it('running: baseline and the events from its instant to the cut; none of the rows that the window does not touch', () => {
  const plan = planOf({
    live: {
      state: 'running',
      baseline: { at: '2024-06-10T10:00:00Z', table: 'base.csv' },
      cut: '2024-06-10T13:00:00Z',
    },
  });
  const events = [
    event('a', '09:00', '100'),
    event('a', '10:00', '1'),
    event('a', '12:10', '2'),
    event('a', '13:00', '50'),
    event('b', '11:00', '3'),
  ];
  const baseline = [{ user_id: 'a', total: '40', events: '7' }];
  const answer = ask(
    plan,
    events,
    [
      { user_id: 'a', total: '43.5', events: '9' },
      { user_id: 'z', total: '1', events: '1' },
    ],
    { baseline },
  );
  expect(answer.rows).toEqual([['changed', 'a', '43.50', '43.00', '-0.50', '9', '9', '0', '2', '0']]);
});

it('running: a cut as a column counts up to and including its value, NULL to the end', () => {
  const plan = planOf({ live: { state: 'running', baseline: 'none', cut: 'seen' } });
  const events = [
    event('a', '12:10', '1'),
    event('a', '12:20', '2'),
    event('a', '12:21', '4'),
    event('b', '12:10', '1'),
    event('b', '15:00', '2'),
  ];
  const live = [
    { user_id: 'a', total: '3', events: '2', seen: '2024-06-10T12:20:00Z' },
    { user_id: 'b', total: '1', events: '1', seen: null },
  ];
  const answer = ask(plan, events, live);
  expect(answer.cells).toMatchObject({ affected: 2, match: 1, changed: 1 });
  expect(answer.rows[0]!.slice(0, 4)).toEqual(['changed', 'b', '1.00', '3.00']);
});

it('latest: the newest by time, sequence, id; tombstones; superseded', () => {
  const op = (name: string) => ({ fields: { op: name } });
  const plan = planOf({ live: { state: 'latest' } });
  const events = [
    event('a', '12:10', '1', { sequence: 5n }),
    event('a', '12:10', '2', { sequence: 4n }),
    event('gone', '12:10', '1'),
    event('gone', '12:11', null, op('delete')),
    event('never', '12:11', null, op('delete')),
    event('newer', '12:05', '1'),
    event('newer', '14:00', '9'),
    event('old', '11:00', '1'),
  ].map((e) => ({ ...e, fields: { op: 'put', ...e.fields } }));
  const row = (user_id: string, total: string) => ({ user_id, total });
  const answer = ask(plan, events, [
    row('a', '2'),
    row('gone', '1'),
    row('newer', '9'),
    row('old', '7'),
    row('free', '1'),
  ]);
  expect(answer.rows.map(([of, user, live, now]) => [of, user, live, now])).toEqual([
    ['changed', 'a', '2.00', '1.00'],
    ['deleted', 'gone', '1.00', null],
    ['superseded', 'newer', '9.00', '9.00'],
  ]);
  expect(answer.cells).toMatchObject({ affected: 4, match: 1 });
});

it('a bucket that ends after the cut is pending: no class, no row', () => {
  const plan = planOf({ live: { ...BUCKETED, cut: '2024-06-10T12:45:00Z' } });
  const answer = ask(plan, [event('a', '12:10', '1')], [hourly('b', '12:00', '1', '1')]);
  expect(answer.cells).toEqual({
    affected: 1,
    match: 0,
    changed: 0,
    missing_in_live: 0,
    only_in_live: 0,
    deleted: 0,
    superseded: 0,
    pending: 1,
  });
  expect(answer.rows).toEqual([]);
});

it('the control leaves out what the error window affects', () => {
  const plan = planOf({
    live: BUCKETED,
    rest: { control: { from: '2024-06-10T10:00:00Z', to: '2024-06-10T11:00:00Z' } },
  });
  const events = [event('a', '10:10', '1'), event('b', '10:20', '1'), event('a', '12:10', '1')];
  const answer = ask(plan, events, [hourly('a', '10:00', '1', '1'), hourly('b', '10:00', '2', '1')]);
  expect(answer.control).toEqual({ cells: 2, differ: 1 });
  expect(answer.blockedBy).toEqual(['control_differs']);
});

it('where lets only TRUE pass, and what it leaves out needs no key; a NULL key is a reject', () => {
  const calculation: OracleCalculation = {
    ...SUMS,
    where: new Map([[1, (f) => (f.value === null ? null : true)]]),
  };
  const events = [
    event(null, '12:10', null),
    event(null, '12:11', '1'),
    event('a', '12:12', null),
    event('a', '12:13', '2'),
  ];
  const answer = ask(planOf({ live: { state: 'window' } }), events, [], { calculation });
  expect(answer.archive).toMatchObject({ records: 4, accepted: 3, rejected: 1 });
  expect(answer.blockedBy).toEqual(['rejects']);
  expect(answer.rows.map((row) => [row[1], row[3], row[6]])).toEqual([['a', '2.00', '1']]);
});

it('a repeated local hour is two buckets where the live column has a zone, else one', () => {
  const live = { bucket: { column: 'hour', size: '1h', timezone: 'Europe/Berlin' } };
  const window = { from: '2024-10-27T00:00:00Z', to: '2024-10-27T03:00:00Z' };
  const plan = planOf({ live, window });
  const events = ['00:30', '01:30', '02:30'].map((time) => event('a', `2024-10-27T${time}:00Z`, '1'));
  const buckets = (bucketZoned: boolean) =>
    ask(plan, events, [], { bucketZoned }).rows.map((row) => [row[2]!.slice(11, 16), row[9]]);
  expect(buckets(true)).toEqual([
    ['00:00', '1'],
    ['01:00', '1'],
    ['02:00', '1'],
  ]);
  expect(buckets(false)).toEqual([
    ['00:00', '2'],
    ['02:00', '1'],
  ]);
});
