import { contains, type Interval, MICROS, overlaps } from '#lib/base/instant';
import { oracleBucket } from '#lib/compare/oracle/buckets';
import { distinctEvents } from '#lib/compare/oracle/distinct-events';
import type { OracleEvent, OracleFile, OracleIncident } from '#lib/compare/oracle/incident';

const PLAIN: readonly OracleFile[] = [{ path: 'archive', partition: null }];
const QUARTER = 15n * MICROS.minute;
const FOREVER: Interval = { from: -(2n ** 62n), to: 2n ** 62n };

/** Which files are read, what they hold, and what times were needed. */
export type Opened = {
  readonly files: readonly OracleFile[];
  readonly skipped: number;
  readonly events: readonly OracleEvent[];
  /** The window, and the buckets in which rows are compared. */
  readonly range: Interval;
};

/**
 * Contract section 2, partitions: one is opened when, widened by slack on both sides, it meets the times needed. Which
 * buckets are affected is known only from what is open, so it is asked again until nothing more is wanted.
 */
export function openedFiles(incident: OracleIncident): Opened {
  const all = incident.files ?? PLAIN;
  const slack = incident.plan.archive.slackMicros;
  if (all.every((f) => f.partition === null))
    return { files: all, skipped: 0, events: incident.events, range: incident.plan.window };
  const reads = (needed: readonly Interval[]): Set<OracleFile> =>
    new Set(
      all.filter(
        ({ partition: p }) =>
          p === null || needed.some((n) => overlaps({ from: p.from - slack, to: p.to + slack }, n)),
      ),
    );
  const eventsOf = (files: ReadonlySet<OracleFile>): OracleEvent[] =>
    incident.events.filter((e) => files.has(all[e.file ?? 0] ?? (PLAIN[0] as OracleFile)));
  let files = reads(alwaysNeeded(incident));
  // where none of them tells the columns, the next files in order are read until one does
  for (const file of all) {
    if ([...files].some((f) => !f.hasNoColumns)) break;
    files.add(file);
  }
  for (;;) {
    const events = eventsOf(files);
    const window = bucketsOf(incident, events, incident.plan.window);
    const control = incident.plan.control === null ? [] : bucketsOf(incident, events, incident.plan.control);
    const more = [...files, ...reads([...alwaysNeeded(incident), ...window, ...control])];
    if (new Set(more).size === files.size) {
      const ends = [incident.plan.window, ...window];
      const range = { from: least(ends.map((i) => i.from)), to: most(ends.map((i) => i.to)) };
      return { files: all.filter((f) => files.has(f)), skipped: all.length - files.size, events, range };
    }
    files = new Set(more);
  }
}

function alwaysNeeded({ plan }: OracleIncident): Interval[] {
  const { state, baseline, cut } = plan.live;
  const stretches: Interval[] = [plan.window, ...(plan.control === null ? [] : [plan.control])];
  if (state === 'window' || state === 'bucketed') return stretches;
  const from = baseline !== null && baseline !== 'none' ? baseline.at : FOREVER.from;
  return [...stretches, { from, to: cut?.kind === 'instant' ? cut.at : FOREVER.to }];
}

/** The buckets of a stretch's events and, by the clock of time, every bucket that overlaps it and ends before the cut. */
function bucketsOf(
  incident: OracleIncident,
  events: readonly OracleEvent[],
  stretch: Interval,
): readonly Interval[] {
  const { bucket, cut } = incident.plan.live;
  if (bucket === null) return [];
  const found = new Map<bigint, Interval>();
  for (const e of distinctEvents({ ...incident, events }).events) {
    if (!contains(stretch, e.at)) continue;
    const own = oracleBucket(e.event.time, bucket, incident.bucketZoned);
    found.set(own.from, own);
  }
  if (incident.plan.window.clock === 'time') {
    // the buckets that are asked about begin and end with a quarter of an hour
    for (let at = stretch.from; at < stretch.to; at += QUARTER - (at % QUARTER)) {
      const own = oracleBucket(at, bucket, incident.bucketZoned);
      if (cut?.kind !== 'instant' || own.to <= cut.at) found.set(own.from, own);
    }
  }
  return [...found.values()];
}

/**
 * Whether events of the range may be missing: the archive is plain, begins or ends inside the range, or no partition of
 * it covers some time between the first and the last opened one.
 */
export function hasGap({ files }: OracleIncident, opened: Opened): boolean {
  const parts = opened.files.flatMap((f) => (f.partition === null ? [] : [f.partition]));
  if (parts.length < opened.files.length || parts.length === 0) return true;
  const every = (files ?? PLAIN).flatMap((f) => (f.partition === null ? [] : [f.partition]));
  if (least(every.map((p) => p.from)) > opened.range.from) return true;
  if (most(every.map((p) => p.to)) < opened.range.to) return true;
  // where a partition only stands in, what lies between it and the range counts too: nothing covers the range
  const last = most([...parts.map((p) => p.to), opened.range.from]);
  let covered = least([...parts.map((p) => p.from), opened.range.to]);
  while (covered < last) {
    const next = every.find((p) => contains(p, covered));
    if (next === undefined) return true;
    covered = next.to;
  }
  return false;
}

/** Records of the opened files whose time is not in their file's partition. */
export function outsidePartition(incident: OracleIncident, { events }: Opened): number {
  const { plan, files } = incident;
  return events.filter((e) => {
    const partition = files?.[e.file ?? 0]?.partition ?? null;
    return partition !== null && isRead(plan, e) && e.time !== null && !contains(partition, e.time);
  }).length;
}

/** A record that can be read; whether its key is usable is asked later. */
const isRead = (plan: OracleIncident['plan'], e: OracleEvent): boolean =>
  !e.misfit &&
  (plan.archive.fields.id === null || (e.id !== null && e.id !== '')) &&
  (plan.window.clock === 'time' || e.arrived !== null);

const ascending = (all: readonly bigint[]): bigint[] => [...all].sort((a, b) => (a < b ? -1 : 1));
const least = (all: readonly bigint[]): bigint => ascending(all)[0] ?? 0n;
const most = (all: readonly bigint[]): bigint => ascending(all).at(-1) ?? 0n;
