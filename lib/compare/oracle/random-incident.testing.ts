import fc from 'fast-check';
import { Bug } from '#lib/base/failure';
import { formatInstant, type Instant, MICROS, parseInstant } from '#lib/base/instant';
import type { ArchiveFile } from '#lib/compare/oracle/archive-text.testing';
import type { OracleCalculation, OracleEvent, OracleIncident, OracleRow } from '#lib/compare/oracle/incident';
import { incidentFiles } from '#lib/compare/oracle/incident-files.testing';
import { archiveOf, hasParquet, type Placed, RAW_ARCHIVE } from '#lib/compare/oracle/random-archive.testing';
import { eventsOf, RAW_EVENT, USERS } from '#lib/compare/oracle/random-events.testing';
import { randomLiveRows } from '#lib/compare/oracle/random-live.testing';
import { LAST_MENU, MENU, type MenuItem } from '#lib/compare/oracle/random-measures.testing';
import { parsePlanValue } from '#lib/plan/parse';
import type { Plan } from '#lib/plan/plan';

/** A small incident for the oracle and, as files, for a preview: `plan.yaml`, `live.csv`, `base.csv`, and the archive. */
export type RandomIncident = {
  readonly incident: OracleIncident;
  readonly files: ReadonlyMap<string, string>;
  readonly archive: readonly ArchiveFile[];
};

const SCENES = [
  { zone: 'UTC', from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z' },
  { zone: 'Europe/Berlin', from: '2024-10-27T00:00:00Z', to: '2024-10-27T02:30:00Z' },
  { zone: 'Europe/Berlin', from: '2024-03-31T00:15:00Z', to: '2024-03-31T03:00:00Z' },
  { zone: 'Asia/Kolkata', from: '2024-06-30T18:00:00Z', to: '2024-06-30T19:30:00Z' },
  { zone: 'America/New_York', from: '2024-11-03T05:30:00Z', to: '2024-11-03T06:45:00Z' },
] as const;
const RAW = fc.record({
  scene: fc.constantFrom(...SCENES),
  size: fc.constantFrom('15m', '1h', '1d', '30m', '6h', '1w', '1mo'),
  bucketZoned: fc.constantFrom(true, true, true, false),
  idMapped: fc.integer({ min: 0, max: 19 }).map((n) => n !== 7),
  tolerance: fc.boolean(),
  archive: RAW_ARCHIVE,
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
  events: fc.array(RAW_EVENT, { minLength: 2, maxLength: 30 }),
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
  const {
    events,
    files: archive,
    oracleFiles: files,
  } = archiveOf(raw.archive, placedOf(raw, menu), raw.sequenceMapped);
  const file = planFile(raw, menu, typesOf(raw, events));
  const { plan, problems } = parsePlanValue(file);
  if (plan === null) throw new Bug(`a random plan is wrong: ${problems.map((p) => p.message).join(' ')}`);
  const calculation = calculationOf(raw, menu);
  const baseline = baselineRows(raw, plan, menu);
  const withLive = (bucketZoned: boolean): OracleIncident => {
    const empty: OracleIncident = { plan, calculation, events, files, live: [], baseline, bucketZoned };
    return { ...empty, live: randomLiveRows(raw, empty) };
  };
  const first = withLive(raw.bucketZoned);
  // a live file without rows has no time without an offset in it
  const incident = first.live.length === 0 ? withLive(true) : first;
  return { incident, files: incidentFiles(file, incident), archive };
}

function placedOf(raw: Raw, menu: readonly MenuItem[]): Placed[] {
  const ways = {
    edges: edges(raw),
    sequenced: raw.sequenceMapped,
    misfits: raw.archive.parquet === 'text' || !hasParquet(raw.archive),
    readsValue: menu.some((m) => m.columns.includes('value')),
  };
  return raw.events.flatMap((event, i) => eventsOf(ways, event, i));
}

const DECLARED = {
  user_id: 'varchar',
  region: 'bigint',
  kind: 'varchar',
  value: 'decimal(18,2)',
  qty: 'bigint',
  n: 'integer',
  note: 'varchar',
};
const ALWAYS_DECLARED = { score: 'double', big: 'decimal(38,2)', huge: 'hugeint', flag: 'boolean' };

/** Types are left to inference where every record is read and each column has a value that shows its type. */
function typesOf(raw: Raw, events: readonly OracleEvent[]): Readonly<Record<string, string>> {
  const { archive } = raw;
  const textual = archive.parquet === 'text' && hasParquet(raw.archive);
  const shows = (name: string): boolean => events.some((e) => e.fields[name] !== null);
  const inferred =
    archive.inferred &&
    !textual &&
    (archive.read === 'plain' || PLAIN_LAYOUTS.includes(archive.layout)) &&
    !events.some((e) => e.misfit !== undefined) &&
    ['value', 'qty', 'n'].every(shows);
  return inferred ? ALWAYS_DECLARED : { ...DECLARED, ...ALWAYS_DECLARED };
}

const PLAIN_LAYOUTS: readonly string[] = ['one', 'two', 'three'];

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

/** Sizes that a change of the clock repeats in part are left to zones that have none. */
const sizeOf = (raw: Raw): string =>
  raw.size === '6h' && !['UTC', 'Asia/Kolkata'].includes(raw.scene.zone) ? '1h' : raw.size;

/** Without ids ties are broken by content, in an order that is not said: then no measure depends on the order. */
const isIdMapped = (raw: Raw, menu: readonly MenuItem[]): boolean =>
  raw.idMapped || raw.state === 'latest' || menu.some((m) => m.ordered);

const withBaseline = (raw: Raw): boolean => raw.state === 'running' && raw.baseline;
const versionsOf = (raw: Raw): readonly (1 | 2)[] => (raw.two ? [1, 2] : [1]);
const keysOf = (raw: Raw): readonly string[] => (raw.twoKeys ? ['user_id', 'region'] : ['user_id']);

function planFile(raw: Raw, menu: readonly MenuItem[], types: Readonly<Record<string, string>>): object {
  const { from, to } = edges(raw);
  const versions = versionsOf(raw).map((version) => ({
    version,
    ...(version === 2 ? { since: formatInstant(from + BigInt(raw.sinceMinutes) * MICROS.minute) } : {}),
    ...(raw.where ? { where: version === 1 ? "kind <> 'test'" : "kind <> 'put'" } : {}),
    keys: {
      user_id: version === 1 ? 'user_id' : "coalesce(user_id, '?')",
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
      at: 'archive/**/*',
      layout: raw.archive.read,
      slack: raw.archive.slack,
      ...(raw.archive.timezone === null ? {} : { timezone: raw.archive.timezone }),
      fields: {
        ...(isIdMapped(raw, menu) ? { id: 'event_id' } : {}),
        time: 'at',
        ingested: 'arrived',
        ...(raw.sequenceMapped ? { sequence: 'seq' } : {}),
        ...(raw.state === 'latest' ? { deleted: "kind = 'delete'" } : {}),
      },
      types,
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
        ? { bucket: { column: 'hour', size: sizeOf(raw), timezone: raw.scene.zone } }
        : {}),
      ...(raw.state === 'running'
        ? { baseline: raw.baseline ? { at: baselineAt(raw), table: 'base.csv' } : 'none' }
        : {}),
      ...cut,
    },
    ...(raw.tolerance && menu.some((m) => m.measure.name === 'score')
      ? { compare: { tolerance: { score: 1e-9 } } }
      : {}),
    patch: { only_in_live: raw.onlyInLive, archive_is_complete: raw.complete },
    ...(raw.control && raw.state !== 'window' ? { control } : {}),
  };
}

/** Before the control stretch, where there is one: what a control on events before the baseline proves is not said. */
const baselineAt = (raw: Raw): string =>
  formatInstant(edges(raw).from - (raw.control ? 31n * MICROS.hour : MICROS.hour));
/** Never before the window's end: what such a cut means for the window itself is not said. */
const cutOf = (raw: Raw): string =>
  raw.cut === 'column' ? 'seen' : formatInstant(edges(raw).to + BigInt(raw.cutMinutes) * MICROS.minute);

function calculationOf(raw: Raw, menu: readonly MenuItem[]): OracleCalculation {
  const keys = keysOf(raw).map((name) => (f: OracleEvent['fields']) => f[name] ?? null);
  const second = [(f: OracleEvent['fields']) => f.user_id ?? '?', ...keys.slice(1)];
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
      [2, second],
    ]),
    keyTypes: raw.twoKeys ? ['text', 'integer'] : ['text'],
    measures: menu.map((m) => m.measure),
    deleted: raw.state === 'latest' ? (f) => (f.kind === null ? null : f.kind === 'delete') : null,
  };
}

function baselineText(type: MenuItem['measure']['type'], i: number): string {
  if (type === 'text') return 'b';
  return type === 'boolean' ? 'true' : String(i * 3 - 2);
}

function baselineRows(raw: Raw, plan: Plan, menu: readonly MenuItem[]): OracleRow[] {
  if (!withBaseline(raw)) return [];
  return ['a', 'ü', 'ghost'].map((user_id, i) => ({
    user_id,
    ...(plan.live.keys.includes('region') ? { region: '1' } : {}),
    ...Object.fromEntries(
      menu.map((m) => [m.measure.name, i === 1 ? null : baselineText(m.measure.type, i)]),
    ),
  }));
}
