import fc from 'fast-check';
import { Bug } from '#lib/base/failure';
import { formatInstant, type Instant, MICROS, parseInstant } from '#lib/base/instant';
import type { OracleCalculation, OracleEvent, OracleIncident, OracleRow } from '#lib/compare/oracle/incident';
import { incidentFiles } from '#lib/compare/oracle/incident-files.testing';
import { randomLiveRows } from '#lib/compare/oracle/random-live.testing';
import { LAST_MENU, MENU, type MenuItem } from '#lib/compare/oracle/random-measures.testing';
import { parsePlanValue } from '#lib/plan/parse';
import type { Plan } from '#lib/plan/plan';

/** A small incident for the oracle and, as files, for a preview: `plan.yaml`, `archive/*.csv`, `live.csv`, `base.csv`. */
export type RandomIncident = {
  readonly incident: OracleIncident;
  readonly files: ReadonlyMap<string, string>;
};

const SCENES = [
  { zone: 'UTC', from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z' },
  { zone: 'Europe/Berlin', from: '2024-10-27T00:00:00Z', to: '2024-10-27T02:30:00Z' },
  { zone: 'Europe/Berlin', from: '2024-03-31T00:15:00Z', to: '2024-03-31T03:00:00Z' },
] as const;
const USERS = ['a', 'a', 'a', 'b', 'b', 'A', '', 'ü', 'x,"y"', ' a', '007', '🙂', '\uffee'];
const LATE_MINUTES = [0, 0, 0, 1, 29, 30, 61, 125];

/** Half of the events lie around the window's edges, where off-by-ones live; the rest around it, ties included. */
const offsetMicros = fc.oneof(
  fc.constantFrom(0n, -1n, 1n).map((micros) => ({ edge: 'from' as const, micros })),
  fc.constantFrom(0n, -1n, 1n).map((micros) => ({ edge: 'to' as const, micros })),
  fc
    .integer({ min: -130, max: 190 })
    .map((m) => ({ edge: 'from' as const, micros: BigInt(m) * MICROS.minute })),
  fc
    .integer({ min: -1810, max: -1660 })
    .map((m) => ({ edge: 'from' as const, micros: BigInt(m) * MICROS.minute })),
);
const rarely = fc.integer({ min: 0, max: 19 }).map((n) => n === 7);
const RAW_EVENT = fc.record({
  user: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...USERS) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  region: fc.constantFrom(1n, 1n, 2n, -10n, 9007199254740993n),
  offset: offsetMicros,
  lateMinutes: fc.constantFrom(...LATE_MINUTES),
  sequence: fc.integer({ min: 0, max: 3 }),
  kind: fc.constantFrom('x', 'x', 'put', 'test', 'delete', null),
  cents: fc.oneof(
    fc.integer({ min: -500, max: 500 }),
    fc.constantFrom(0, 1, 10, 20, 30, -30, null, 999_999_999_999),
  ),
  qty: fc.constantFrom(0n, 1n, -1n, 7n, null, 4_611_686_018_427_387_904n, -9_007_199_254_740_993n),
  n: fc.constantFrom(0n, 1n, 2n, 3n, -5n, null),
  note: fc.constantFrom(null, '', 'n', 'é', 'two\nlines'),
  copies: fc.constantFrom(0, 0, 0, 0, 1, 2),
  copyMinutes: fc.integer({ min: -20, max: 200 }),
  conflict: rarely,
  badTime: rarely,
});
type RawEvent = typeof RAW_EVENT extends fc.Arbitrary<infer T> ? T : never;

const RAW = fc.record({
  scene: fc.constantFrom(...SCENES),
  size: fc.constantFrom('15m', '1h', '1d'),
  state: fc.constantFrom('window', 'bucketed', 'running', 'latest'),
  clock: fc.constantFrom('time', 'ingested'),
  menu: fc.subarray(
    MENU.map((_, i) => i),
    { minLength: 1, maxLength: 3 },
  ),
  two: fc.boolean(),
  sinceMinutes: fc.integer({ min: -60, max: 60 }),
  replayWith: fc.constantFrom('deployed', 'deployed', 1, 2),
  where: fc.boolean(),
  twoKeys: fc.boolean(),
  sequenceMapped: fc.boolean(),
  rejects: fc.constantFrom(0, 1, '50%', '0.1%'),
  conflicts: fc.constantFrom('block', 'first', 'last'),
  onlyInLive: fc.constantFrom('keep', 'delete'),
  complete: fc.boolean(),
  control: fc.boolean(),
  cut: fc.constantFrom('none', 'instant', 'column'),
  cutMinutes: fc.integer({ min: 0, max: 150 }),
  baseline: fc.boolean(),
  events: fc.array(RAW_EVENT, { minLength: 2, maxLength: 40 }),
  live: fc.array(fc.nat({ max: 99 }), { minLength: 40, maxLength: 40 }),
  extras: fc.array(
    fc.record({
      user: fc.constantFrom(...USERS, 'ghost', null),
      minutes: fc.integer({ min: -130, max: 190 }),
    }),
    { maxLength: 4 },
  ),
});
type Raw = typeof RAW extends fc.Arbitrary<infer T> ? T : never;

/** Small incidents of every state, both clocks, with what goes wrong in archives. */
export const randomIncident = (): fc.Arbitrary<RandomIncident> => RAW.map(build);

function build(raw: Raw): RandomIncident {
  const menu = menuOf(raw);
  const file = planFile(raw, menu);
  const { plan, problems } = parsePlanValue(file);
  if (plan === null) throw new Bug(`a random plan is wrong: ${problems.map((p) => p.message).join(' ')}`);
  const events = raw.events.flatMap((event, i) => eventsOf(raw, event, i));
  const calculation = calculationOf(raw, menu);
  const baseline = baselineRows(raw, plan, menu);
  const empty: OracleIncident = { plan, calculation, events, live: [], baseline, bucketZoned: true };
  const incident = { ...empty, live: randomLiveRows(raw, empty) };
  return { incident, files: incidentFiles(file, incident) };
}

const edges = ({ scene }: Raw): { from: Instant; to: Instant } => ({
  from: parseInstant(scene.from) ?? 0n,
  to: parseInstant(scene.to) ?? 0n,
});

function menuOf(raw: Raw): MenuItem[] {
  if (raw.state === 'latest')
    return LAST_MENU.filter((_, i) => raw.menu.some((pick) => pick % LAST_MENU.length === i));
  const picked = raw.menu.flatMap((i) => MENU[i] ?? []).filter((m) => !withBaseline(raw) || m.mergeable);
  return picked.length > 0 ? picked : MENU.slice(0, 1);
}

const withBaseline = (raw: Raw): boolean => raw.state === 'running' && raw.baseline;
const versionsOf = (raw: Raw): readonly (1 | 2)[] => (raw.two ? [1, 2] : [1]);
const keysOf = (raw: Raw): readonly string[] => (raw.twoKeys ? ['user_id', 'region'] : ['user_id']);

function planFile(raw: Raw, menu: readonly MenuItem[]): object {
  const { from, to } = edges(raw);
  const versions = versionsOf(raw).map((version) => ({
    version,
    ...(version === 2 ? { since: formatInstant(from + BigInt(raw.sinceMinutes) * MICROS.minute) } : {}),
    ...(raw.where ? { where: version === 1 ? "kind <> 'test'" : "kind <> 'put'" } : {}),
    keys: {
      user_id: version === 1 ? 'user_id' : "user_id || ''",
      ...(raw.twoKeys ? { region: 'region' } : {}),
    },
    measures: Object.fromEntries(menu.map((m) => [m.measure.name, m.sql[version - 1]])),
  }));
  const cut = raw.state === 'window' || raw.cut === 'none' ? {} : { cut: cutOf(raw) };
  const control = {
    from: formatInstant(from - 30n * MICROS.hour),
    to: formatInstant(from - 28n * MICROS.hour),
  };
  return {
    recount: 1,
    archive: {
      at: 'archive/*.csv',
      fields: {
        id: 'event_id',
        time: 'at',
        ingested: 'arrived',
        ...(raw.sequenceMapped ? { sequence: 'seq' } : {}),
        ...(raw.state === 'latest' ? { deleted: "kind = 'delete'" } : {}),
      },
      types: {
        user_id: 'varchar',
        region: 'bigint',
        kind: 'varchar',
        value: 'decimal(18,2)',
        qty: 'bigint',
        n: 'integer',
        note: 'varchar',
      },
      rejects: raw.rejects,
      conflicts: raw.conflicts,
    },
    window: { from: formatInstant(from), to: formatInstant(to), clock: raw.clock },
    calculation: { name: 'random', versions, replay_with: raw.two ? raw.replayWith : 'deployed' },
    live: {
      store: 'live.csv',
      state: raw.state,
      keys: [...keysOf(raw)],
      ...(raw.state === 'bucketed'
        ? { bucket: { column: 'hour', size: raw.size, timezone: raw.scene.zone } }
        : {}),
      ...(raw.state === 'running'
        ? { baseline: raw.baseline ? { at: baselineAt(raw), table: 'base.csv' } : 'none' }
        : {}),
      ...cut,
    },
    patch: { only_in_live: raw.onlyInLive, archive_is_complete: raw.complete },
    ...(raw.control && raw.state !== 'window' ? { control } : {}),
  };
}

/** Before the control stretch, where there is one: what a control on events before the baseline proves is not said. */
const baselineAt = (raw: Raw): string =>
  formatInstant(edges(raw).from - (raw.control ? 31n * MICROS.hour : MICROS.hour));
/** Never before the window's end: what such a cut means for the window itself is not said. */
const cutOf = (raw: Raw): string =>
  raw.cut === 'column' && raw.state !== 'bucketed'
    ? 'seen'
    : formatInstant(edges(raw).to + BigInt(raw.cutMinutes) * MICROS.minute);

function calculationOf(raw: Raw, menu: readonly MenuItem[]): OracleCalculation {
  const keys = keysOf(raw).map((name) => (f: OracleEvent['fields']) => f[name] ?? null);
  const not = (kind: string) => (f: OracleEvent['fields']) => (f.kind === null ? null : f.kind !== kind);
  return {
    where: new Map(
      raw.where
        ? [
            [1, not('test')],
            [2, not('put')],
          ]
        : [],
    ),
    keys: new Map([
      [1, keys],
      [2, keys],
    ]),
    keyTypes: raw.twoKeys ? ['text', 'integer'] : ['text'],
    measures: menu.map((m) => m.measure),
    deleted: raw.state === 'latest' ? (f) => (f.kind === null ? null : f.kind === 'delete') : null,
  };
}

/** An event, its identical copies, or the other content under its id. */
function eventsOf(raw: Raw, event: RawEvent, index: number): OracleEvent[] {
  const time = edges(raw)[event.offset.edge] + event.offset.micros;
  const arrived = time + BigInt(event.lateMinutes) * MICROS.minute;
  const first: OracleEvent = {
    id: `e${index}`,
    time: event.badTime ? null : time,
    arrived,
    sequence: raw.sequenceMapped ? BigInt(event.sequence) : null,
    fields: {
      user_id: event.user,
      region: event.region,
      kind: event.kind,
      value: event.cents === null ? null : { unscaled: BigInt(event.cents), scale: 2 },
      qty: event.qty,
      n: event.n,
      note: event.note,
    },
  };
  // which record a reject, or an id with two contents, is a copy of is not said: those come singly
  if (event.badTime || event.user === null) return [first];
  if (event.conflict) {
    const later = arrived + BigInt(event.copyMinutes) * MICROS.minute + 1n;
    return [first, { ...first, arrived: later, fields: { ...first.fields, n: 77n } }];
  }
  const copies = Array.from({ length: event.copies }, (_, i) => ({
    ...first,
    arrived: arrived + BigInt(event.copyMinutes * (i + 1)) * MICROS.minute,
    sequence: first.sequence === null ? null : first.sequence + BigInt(i),
  }));
  return [first, ...copies];
}

function baselineRows(raw: Raw, plan: Plan, menu: readonly MenuItem[]): OracleRow[] {
  if (!withBaseline(raw)) return [];
  return ['a', 'ü', 'ghost'].map((user_id, i) => ({
    user_id,
    ...(plan.live.keys.includes('region') ? { region: '1' } : {}),
    ...Object.fromEntries(
      menu.map((m) => [m.measure.name, i === 1 ? null : m.measure.type === 'text' ? 'b' : String(i * 3 - 2)]),
    ),
  }));
}
