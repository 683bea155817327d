import { z } from 'zod';
import { count, instantOfText } from '#lib/adapters/duckdb/rows';
import type { ArchiveStage } from '#lib/adapters/staging/stage';
import type { ListedFile, StagedArchive } from '#lib/archive/archive';
import { meets, missingPartitions } from '#lib/archive/partition';
import { formatInstant, type Instant, type Interval } from '#lib/base/instant';
import type { Plan } from '#lib/plan/plan';
import { affectedSql } from '#lib/replay/cells-sql';
import { copiesSql, distinctSql, eventsSql, unkeyedSql } from '#lib/replay/events-sql';
import type { Summary } from '#lib/replay/run';
import type { Session } from '#lib/replay/session';
import { type Shape, timestampSql, withinSql } from '#lib/replay/shape';
import { bucketEnd, bucketsOverlapping } from '#lib/window/bucket';

/** Further than any event: the ends of "everything". */
const ENDLESS: Interval = { from: -(2n ** 62n), to: 2n ** 62n };

/** What the session holds after `readEvents`: views `@events` …, tables `@affected` and `@control`, and these facts. */
export type ReadEvents = {
  readonly staged: StagedArchive;
  readonly shape: Shape;
  /** Buckets of the affected cells, ascending; empty but for `bucketed`. */
  readonly buckets: readonly Interval[];
  readonly controlBuckets: readonly Interval[];
  readonly filesSkipped: number;
  /** Stretches without a partition; null where the archive is plain and can't show any. */
  readonly missing: readonly Interval[] | null;
  readonly recordTexts: ArchiveStage['recordTexts'];
};

/**
 * Opens the partitions that the window needs, finds the affected cells, and opens further partitions until all buckets
 * of those cells are read, and those of which it must be known that a live row has no event. It ends: every turn opens at least one more file. `shapeOf` types the calculation against
 * the columns that were found.
 */
export async function readEvents(
  session: Session,
  stage: ArchiveStage,
  plan: Plan,
  shapeOf: (staged: StagedArchive) => Promise<Shape>,
): Promise<ReadEvents> {
  const always = alwaysNeeded(plan);
  let wanted = stage.files.filter((f) => meets(f.partition, always, plan.archive.slackMicros));
  for (;;) {
    const staged = await stage.open(wanted.map((f) => f.path));
    // where the wanted ones tell no columns, or there are none, others stand in: they give columns, and no event of the window
    const paths = new Set(staged.files.map((f) => f.path));
    const opened = stage.files.filter((f) => paths.has(f.path));
    const shape = await shapeOf(staged);
    await findCells(session, shape);
    const buckets = await bucketsOf(session, shape);
    const needed = [...always, ...buckets.affected, ...buckets.control, ...scopesOf(shape, buckets)];
    wanted = stage.files.filter(
      (f) => meets(f.partition, needed, plan.archive.slackMicros) || paths.has(f.path),
    );
    if (wanted.length === opened.length) {
      return {
        staged,
        shape,
        buckets: buckets.affected,
        controlBuckets: buckets.control,
        filesSkipped: stage.files.length - opened.length,
        recordTexts: (file, lines) => stage.recordTexts(file, lines),
        missing: missing(stage.files, opened, [
          plan.window,
          ...buckets.affected,
          ...bucketScope(shape, buckets.affected, plan.window),
        ]),
      };
    }
  }
}

function alwaysNeeded(plan: Plan): Interval[] {
  const control = plan.control === null ? [] : [plan.control];
  const { live, window } = plan;
  if (live.state === 'window' || live.state === 'bucketed') return [window, ...control];
  const from = live.baseline !== null && live.baseline !== 'none' ? live.baseline.at : ENDLESS.from;
  const to = live.cut?.kind === 'instant' ? live.cut.at : ENDLESS.to;
  return [window, ...control, { from, to }];
}

async function findCells(session: Session, shape: Shape): Promise<void> {
  await session.run(`${copiesSql(shape)}; ${distinctSql()}; ${eventsSql(shape)}; ${unkeyedSql(shape)};
    ${affectedSql(shape, '@affected', shape.plan.window, null)}`);
  const { control } = shape.plan;
  if (control !== null) await session.run(affectedSql(shape, '@control', control, '@affected'));
}

async function bucketsOf(
  session: Session,
  shape: Shape,
): Promise<{ affected: Interval[]; control: Interval[] }> {
  const { bucket, state } = shape.plan.live;
  if (bucket === null || state !== 'bucketed') return { affected: [], control: [] };
  const of = async (table: string): Promise<Interval[]> => {
    const rows = await session.rows(
      `SELECT DISTINCT "@b"::VARCHAR AS b FROM "${table}" ORDER BY 1`,
      z.object({ b: z.string() }),
    );
    return rows.map(({ b }) => {
      const from = instantOfText(b);
      return { from, to: bucketEnd(from, bucket.size, bucket.timezone, shape.bucketZoned) };
    });
  };
  const affected = await of('@affected');
  const control = shape.plan.control === null ? [] : await of('@control');
  const all = new Map([...affected, ...control].map((i) => [i.from, i]));
  await session.run(bucketTableSql('@buckets', [...all.values()]));
  return { affected, control };
}

/** Table `name` of buckets: `@b` and `@end`. */
export const bucketTableSql = (name: string, buckets: readonly Interval[]): string =>
  `CREATE OR REPLACE TEMP TABLE "${name}" ("@b" TIMESTAMP, "@end" TIMESTAMP);
   ${buckets.length === 0 ? '' : `INSERT INTO "${name}" VALUES ${buckets.map((b) => `(${timestampSql(b.from)}, ${timestampSql(b.to)})`).join(', ')}`}`;

/** The stretches of the range in which a live row may be deleted for which the archive has no partition. */
function missing(
  all: readonly ListedFile[],
  opened: readonly ListedFile[],
  ranges: readonly Interval[],
): readonly Interval[] | null {
  const range = { from: min(ranges.map((r) => r.from)), to: max(ranges.map((r) => r.to)) };
  const parts = (files: readonly ListedFile[]): (Interval | null)[] => files.map((f) => f.partition);
  return missingPartitions(parts(all), parts(opened), range);
}

const ascending = (all: readonly Instant[]): Instant[] =>
  [...all].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
const min = (all: readonly Instant[]): Instant => ascending(all)[0] ?? 0n;
const max = (all: readonly Instant[]): Instant => ascending(all).at(-1) ?? 0n;

/**
 * `window.spill_over`: the buckets that an event which arrived in the window belongs to and that end before it; and how
 * many events those are.
 */
export async function spillOver(
  session: Session,
  buckets: readonly Interval[],
  { window }: Plan,
): Promise<Pick<Summary['window'], 'spill_over' | 'spill_over_events'>> {
  const early = window.clock === 'time' ? [] : buckets.filter((b) => b.to <= window.from);
  const last = early.at(-1);
  if (last === undefined) return { spill_over: [], spill_over_events: 0 };
  const { n } = await session.one(
    `SELECT count(*) AS n FROM "@events" WHERE ${withinSql('"@clock"', window)} AND "@b" <= ${timestampSql(last.from)}`,
    z.object({ n: count }),
  );
  return { spill_over: early.map((b) => formatInstant(b.from)), spill_over_events: n };
}

/** The buckets in which live rows without events are looked for, in the window and the control. */
function scopesOf(
  shape: Shape,
  buckets: { readonly affected: readonly Interval[]; readonly control: readonly Interval[] },
): Interval[] {
  const { window, control } = shape.plan;
  const inControl = control === null ? [] : bucketScope(shape, buckets.control, control);
  return [...bucketScope(shape, buckets.affected, window), ...inControl];
}

/** The buckets of an interval in which live rows without an event are looked for; none but for `bucketed`. */
export function bucketScope(
  { plan, bucketZoned }: Shape,
  buckets: readonly Interval[],
  interval: Interval,
): Interval[] {
  const { bucket } = plan.live;
  if (bucket === null) return [];
  return onlyInLiveScope(
    buckets,
    bucketsOverlapping(interval, bucket.size, bucket.timezone, bucketZoned),
    plan,
  );
}

/** Buckets in which a live row without events may be `only_in_live`. */
const onlyInLiveScope = (
  affected: readonly Interval[],
  overlapping: readonly Interval[],
  plan: Plan,
): Interval[] => {
  const scope = plan.window.clock === 'ingested' ? [...affected] : [...overlapping];
  const { cut } = plan.live;
  return cut?.kind === 'instant' ? scope.filter((b) => b.to <= cut.at) : scope;
};
