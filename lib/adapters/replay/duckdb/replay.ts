import { z } from 'zod';
import { instantOfText } from '#lib/adapters/duckdb/rows';
import type { ArchiveStage } from '#lib/adapters/staging/stage';
import type { ListedFile, StagedArchive } from '#lib/archive/archive';
import { meets } from '#lib/archive/partition';
import { formatInstant, type Instant, type Interval } from '#lib/base/instant';
import type { Plan } from '#lib/plan/plan';
import { affectedSql } from '#lib/replay/cells-sql';
import { copiesSql, distinctSql, eventsSql, unkeyedSql } from '#lib/replay/events-sql';
import type { Session } from '#lib/replay/session';
import { type Shape, timestampSql } from '#lib/replay/shape';
import { bucketEnd } from '#lib/window/bucket';

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
  readonly gap: boolean;
  readonly recordTexts: ArchiveStage['recordTexts'];
};

/**
 * Opens the partitions that the window needs, finds the affected cells, and opens further partitions until all buckets
 * of those cells are read. It ends: every turn opens at least one more file. `shapeOf` types the calculation against
 * the columns that were found.
 */
export async function readEvents(
  session: Session,
  stage: ArchiveStage,
  plan: Plan,
  shapeOf: (staged: StagedArchive) => Promise<Shape>,
): Promise<ReadEvents> {
  const always = alwaysNeeded(plan);
  let opened = firstFiles(stage.files, always, plan.archive.slackMicros);
  for (;;) {
    const staged = await stage.open(opened.map((f) => f.path));
    const shape = await shapeOf(staged);
    await findCells(session, shape);
    const buckets = await bucketsOf(session, shape);
    const needed = [...always, ...buckets.affected, ...buckets.control];
    const wanted = stage.files.filter(
      (f) => meets(f.partition, needed, plan.archive.slackMicros) || opened.includes(f),
    );
    if (wanted.length === opened.length) {
      return {
        staged,
        shape,
        buckets: buckets.affected,
        controlBuckets: buckets.control,
        filesSkipped: stage.files.length - opened.length,
        recordTexts: (file, lines) => stage.recordTexts(file, lines),
        gap: hasGap(stage.files, opened, buckets.affected, plan),
      };
    }
    opened = wanted;
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

/** Where no partition meets the window, the first file stands in: it gives the columns, and no event of the window. */
function firstFiles(files: readonly ListedFile[], needed: readonly Interval[], slack: bigint): ListedFile[] {
  const met = files.filter((f) => meets(f.partition, needed, slack));
  return met.length > 0 ? met : files.slice(0, 1);
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

/**
 * Whether the archive may miss events of the range in which a live row would be deleted: it is plain and can't show a
 * gap, it begins or ends inside the range, or a partition is missing between the first and the last opened one.
 */
function hasGap(
  all: readonly ListedFile[],
  opened: readonly ListedFile[],
  buckets: readonly Interval[],
  plan: Plan,
): boolean {
  const parts = opened.flatMap((f) => (f.partition === null ? [] : [f.partition]));
  if (parts.length < opened.length || parts.length === 0) return true;
  const range = {
    from: min([plan.window.from, ...buckets.map((b) => b.from)]),
    to: max([plan.window.to, ...buckets.map((b) => b.to)]),
  };
  const every = all.flatMap((f) => (f.partition === null ? [] : [f.partition]));
  if (min(every.map((p) => p.from)) > range.from || max(every.map((p) => p.to)) < range.to) return true;
  const sorted = [...parts].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  let reached = sorted[0]?.to ?? 0n;
  for (const part of sorted.slice(1)) {
    if (part.from > reached) return true;
    if (part.to > reached) reached = part.to;
  }
  return false;
}

const ascending = (all: readonly Instant[]): Instant[] =>
  [...all].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
const min = (all: readonly Instant[]): Instant => ascending(all)[0] ?? 0n;
const max = (all: readonly Instant[]): Instant => ascending(all).at(-1) ?? 0n;

/** Buckets that an event which arrived in the window belongs to and that end before it: `window.spill_over`. */
export const spillOver = (buckets: readonly Interval[], plan: Plan): string[] =>
  plan.window.clock === 'time'
    ? []
    : buckets.filter((b) => b.to <= plan.window.from).map((b) => formatInstant(b.from));

/** Buckets in which a live row without events may be `only_in_live`. */
export const onlyInLiveScope = (
  affected: readonly Interval[],
  overlapping: readonly Interval[],
  plan: Plan,
): Interval[] => {
  const scope = plan.window.clock === 'ingested' ? [...affected] : [...overlapping];
  const { cut } = plan.live;
  return cut?.kind === 'instant' ? scope.filter((b) => b.to <= cut.at) : scope;
};
