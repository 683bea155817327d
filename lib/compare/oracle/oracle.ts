import { contains, formatInstant, type Instant, type Interval, overlaps } from '#lib/base/instant';
import type { CellClass } from '#lib/compare/discrepancy';
import { oracleBucket } from '#lib/compare/oracle/buckets';
import { byTime, type Counted, type Distinct, distinctEvents } from '#lib/compare/oracle/distinct-events';
import { endsDeleted, measuresOf, mergeBaseline } from '#lib/compare/oracle/expected-row';
import type { OracleAnswer, OracleIncident, OracleRow, OracleValue } from '#lib/compare/oracle/incident';
import { hasGap, type Opened, openedFiles, outsidePartition } from '#lib/compare/oracle/opened-files';
import { type Compared, type Found, shown } from '#lib/compare/oracle/show-answer';
import { equalValues, nameOf, parseInstantIn, parseValue } from '#lib/compare/oracle/values';
import { warnings } from '#lib/compare/oracle/warnings';
import type { Block } from '#lib/replay/run';

type Cell = {
  readonly key: readonly OracleValue[];
  readonly bucket: Interval | null;
  /** All its events that `where` passes, pending ones too. */
  readonly events: Counted[];
};
type LiveRow = {
  readonly key: readonly OracleValue[];
  readonly bucket: Interval | null;
  readonly values: readonly OracleValue[];
  readonly row: OracleRow;
};
/**
 * The plain truth: docs/recovery-plan.md sections 1 to 3, simple and slow, exact. It exists to judge the queries, and
 * shares no code with them beyond exact numbers and instants.
 */
export function consultOracle(incident: OracleIncident): OracleAnswer {
  const opened = openedFiles(incident);
  const distinct = distinctEvents({ ...incident, events: opened.events });
  const window = compareStretch(incident, distinct.events, incident.plan.window, null);
  const { control } = incident.plan;
  const healthy = control === null ? null : compareStretch(incident, distinct.events, control, window);
  const nullKeys = incident.live.length - liveRows(incident, incident.live).length;
  const differ = healthy?.compared.filter((c) => c.class !== 'match' && c.class !== 'superseded').length ?? 0;
  return {
    ...shown(incident, window),
    archive: {
      files: opened.files.length,
      files_skipped: opened.skipped,
      records: distinct.records,
      accepted: distinct.records - distinct.duplicates - distinct.rejected,
      duplicates: distinct.duplicates,
      conflicting_ids: distinct.conflictingIds,
      rejected: distinct.rejected,
      pending: window.pendingEvents,
      outside_partition: outsidePartition(incident, opened),
    },
    blockedBy: blocks(incident, { distinct, window, differ, opened }),
    control: healthy === null ? null : { cells: healthy.compared.length, differ },
    spillOver: spillOver(incident, distinct.events),
    nullKeys,
    warnings: warnings(incident, {
      affected: window.affected.size,
      control: healthy?.compared.length ?? null,
      pendingEvents: window.pendingEvents,
      nullKeys,
    }),
  };
}

/** The one rule, for the error window, or for the control without what the error window affects. */
function compareStretch(
  incident: OracleIncident,
  events: readonly Counted[],
  stretch: Interval,
  error: Found | null,
): Found {
  const cells = cellsOf(incident, events);
  const live = new Map(liveRows(incident, incident.live).map((row) => [cellName(row), row]));
  const names = [...cells].filter(
    ([name, cell]) => error?.affected.has(name) !== true && cell.events.some((e) => contains(stretch, e.at)),
  );
  const compared: Compared[] = [];
  let [pending, pendingEvents] = [0, 0];
  for (const [name, cell] of names) {
    pendingEvents += heldEvents(incident, cell, stretch).filter(
      (e) => !isCounted(incident, e.at, live.get(name)),
    ).length;
    if (isOpen(incident, cell.bucket, live.get(name))) pending += 1;
    else compared.push(compareCell(incident, cell, live.get(name), stretch));
  }
  const affected = new Set(names.map(([name]) => name));
  const only = onlyInLive(incident, cells, live, stretch, affected).filter(
    (row) => error === null || !isTouched(incident, row, error.touched),
  );
  compared.push(
    ...only.map(({ key, bucket, values }) => ({
      class: 'only_in_live' as const,
      key,
      bucket,
      live: values,
      recalculated: null,
      events: 0,
      duplicates: 0,
    })),
  );
  const touched = new Set(names.map(([, cell]) => cell.bucket?.from ?? 0n));
  return { affected, touched, compared, pending, pendingEvents };
}

function cellsOf({ plan, bucketZoned }: OracleIncident, events: readonly Counted[]): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const event of events) {
    const bucket =
      plan.live.bucket === null ? null : oracleBucket(event.event.time, plan.live.bucket, bucketZoned);
    const name = cellName({ key: event.key, bucket });
    const cell = cells.get(name) ?? { key: event.key, bucket, events: [] };
    cell.events.push(event);
    cells.set(name, cell);
  }
  return cells;
}

const cellName = ({ key, bucket }: Pick<Cell, 'key' | 'bucket'>): string =>
  nameOf(bucket === null ? key : [...key, { instant: bucket.from }]);

/** Live rows with a whole key, typed. */
function liveRows({ plan, calculation, bucketZoned }: OracleIncident, rows: readonly OracleRow[]): LiveRow[] {
  return rows.flatMap((row) => {
    const key = plan.live.keys.map((name, i) =>
      parseValue(row[name] ?? null, calculation.keyTypes[i] ?? 'text'),
    );
    const start =
      plan.live.bucket === null
        ? null
        : parseInstantIn(row[plan.live.bucket.column] ?? null, plan.live.bucket.timezone);
    if (key.includes(null) || (plan.live.bucket !== null && start === null)) return [];
    const bucket =
      plan.live.bucket === null || start === null ? null : oracleBucket(start, plan.live.bucket, bucketZoned);
    const values = calculation.measures.map((m) => parseValue(row[m.name] ?? null, m.type));
    return [{ key, bucket, values, row }];
  });
}

/** The cut of a cell: an instant (events before it), a row's value (up to and including it), or none. */
function isCounted({ plan }: OracleIncident, at: Instant, live: LiveRow | undefined): boolean {
  const { cut } = plan.live;
  if (cut === null) return true;
  if (cut.kind === 'instant') return at < cut.at;
  const value = parseValue(live?.row[cut.column] ?? null, 'instant');
  return value === null || typeof value !== 'object' || !('instant' in value) || at <= value.instant;
}

/** A bucket that ends after the cut is not compared. */
function isOpen({ plan }: OracleIncident, bucket: Interval | null, live: LiveRow | undefined): boolean {
  const { cut } = plan.live;
  if (cut === null || bucket === null) return false;
  if (cut.kind === 'instant') return bucket.to > cut.at;
  const value = parseValue(live?.row[cut.column] ?? null, 'instant');
  return value !== null && typeof value === 'object' && 'instant' in value && bucket.to > value.instant;
}

/** All events of a cell, of the table in section 2, the cut aside. */
function heldEvents({ plan }: OracleIncident, cell: Cell, stretch: Interval): Counted[] {
  const { state, baseline } = plan.live;
  if (state === 'window') return cell.events.filter((e) => contains(stretch, e.at));
  if (state !== 'running' || baseline === null || baseline === 'none') return cell.events;
  return cell.events.filter((e) => e.at >= baseline.at);
}

function compareCell(
  incident: OracleIncident,
  cell: Cell,
  live: LiveRow | undefined,
  stretch: Interval,
): Compared {
  const events = heldEvents(incident, cell, stretch).filter((e) => isCounted(incident, e.at, live));
  const recalculated = expected(incident, cell, events);
  return {
    class: classOf(incident, events, live, recalculated, stretch),
    key: cell.key,
    bucket: cell.bucket,
    live: live?.values ?? null,
    recalculated,
    events: events.length,
    duplicates: events.reduce((sum, e) => sum + e.copies, 0),
  };
}

function expected(
  incident: OracleIncident,
  cell: Cell,
  events: readonly Counted[],
): readonly OracleValue[] | null {
  const { plan, calculation } = incident;
  if (plan.live.state === 'latest' && (events.length === 0 || endsDeleted(incident, events))) return null;
  const over = measuresOf(calculation.measures, events);
  const { baseline } = plan.live;
  if (plan.live.state !== 'running' || baseline === null || baseline === 'none')
    return events.length === 0 ? null : over;
  const before = liveRows(incident, incident.baseline).find((row) => cellName(row) === cellName(cell));
  if (before === undefined) return events.length === 0 ? null : over;
  return calculation.measures.map((measure, i) =>
    mergeBaseline(
      measure.aggregates[0]?.fn ?? 'sum',
      before.values[i] ?? null,
      over[i] ?? null,
      events.length > 0,
    ),
  );
}

function classOf(
  incident: OracleIncident,
  events: readonly Counted[],
  live: LiveRow | undefined,
  recalculated: readonly OracleValue[] | null,
  stretch: Interval,
): CellClass {
  if (recalculated === null) return live === undefined || events.length === 0 ? 'match' : 'deleted';
  if (live === undefined) return 'missing_in_live';
  const { measures } = incident.calculation;
  const equal = measures.every((measure, i) => {
    const tolerance = Number(incident.plan.compare.tolerance.get(measure.name) ?? 0);
    return equalValues(recalculated[i] ?? null, live.values[i] ?? null, tolerance);
  });
  if (!equal) return 'changed';
  const newest = events.toSorted((a, b) => byTime(a.event, b.event)).at(-1);
  const after = incident.plan.live.state === 'latest' && newest !== undefined && newest.at >= stretch.to;
  return after ? 'superseded' : 'match';
}

/** Live rows of which the archive holds no event: in the window's buckets, or anywhere for state `window`. */
function onlyInLive(
  incident: OracleIncident,
  cells: ReadonlyMap<string, Cell>,
  live: ReadonlyMap<string, LiveRow>,
  stretch: Interval,
  affected: ReadonlySet<string>,
): LiveRow[] {
  const { plan } = incident;
  const touched = new Set([...affected].map((name) => cells.get(name)?.bucket?.from));
  return [...live].flatMap(([name, row]) => {
    if (plan.live.state === 'window') return affected.has(name) ? [] : [row];
    if (row.bucket === null || cells.has(name) || isOpen(incident, row.bucket, row)) return [];
    const inside =
      plan.window.clock === 'time' ? overlaps(row.bucket, stretch) : touched.has(row.bucket.from);
    return inside ? [row] : [];
  });
}

/** Whether a live row without events lies in a bucket of the error window: no proof of health, as little as its cells. */
function isTouched({ plan }: OracleIncident, { bucket }: LiveRow, touched: ReadonlySet<Instant>): boolean {
  if (bucket === null) return false;
  return touched.has(bucket.from) || (plan.window.clock === 'time' && overlaps(bucket, plan.window));
}

function blocks(
  incident: OracleIncident,
  found: {
    readonly distinct: Distinct;
    readonly window: Found;
    readonly differ: number;
    readonly opened: Opened;
  },
): Block[] {
  const { distinct, window, differ, opened } = found;
  const { archive, patch } = incident.plan;
  const limit = archive.rejects;
  const allowed =
    limit.kind === 'count' ? Number(limit.count) : (Number(limit.percent) * distinct.records) / 100;
  const deletes = window.compared.some((c) => c.class === 'only_in_live') && patch.onlyInLive === 'delete';
  const reasons: readonly (readonly [Block, boolean])[] = [
    ['rejects', distinct.rejected > allowed],
    ['conflicting_ids', distinct.conflictingIds > 0 && archive.conflicts === 'block'],
    ['control_differs', differ > 0],
    ['archive_gap', deletes && !patch.archiveIsComplete && hasGap(incident, opened)],
  ];
  return reasons.filter(([, blocked]) => blocked).map(([block]) => block);
}

/** Buckets before the window's that became suspect because an event of theirs arrived in it. */
function spillOver({ plan, bucketZoned }: OracleIncident, events: readonly Counted[]): string[] {
  const { bucket } = plan.live;
  if (bucket === null || plan.window.clock !== 'ingested') return [];
  const buckets = events
    .filter((e) => contains(plan.window, e.at))
    .map((e) => oracleBucket(e.event.time, bucket, bucketZoned));
  return [
    ...new Set(buckets.filter((b) => b.to <= plan.window.from).map((b) => formatInstant(b.from))),
  ].sort();
}
