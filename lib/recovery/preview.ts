import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { type Comparison, compareCells } from '#lib/adapters/duckdb/compare';
import { bucketHasZone, readBaseline, readLiveRows } from '#lib/adapters/duckdb/live-rows';
import {
  countOps,
  netDelta,
  RUN_FILES,
  rowsSha256,
  writeJson,
  writeRowFiles,
} from '#lib/adapters/duckdb/patch-files';
import {
  bindCalculation,
  checkCalculation,
  explainEngineError,
} from '#lib/adapters/expressions/check-calculation';
import { onlyInLiveScope, type ReadEvents, readEvents, spillOver } from '#lib/adapters/replay/duckdb/replay';
import { type ArchiveStage, openStage } from '#lib/adapters/staging/stage';
import type { ArchiveSource, StagedArchive } from '#lib/archive/archive';
import { sha256 } from '#lib/base/canonical';
import { failureOf } from '#lib/base/failure';
import { formatInstant, type Interval } from '#lib/base/instant';
import type { Calculation, TypedCalculation } from '#lib/calculation/calculation';
import type { ComparedColumns } from '#lib/compare/columns';
import { checksumsSql, discrepanciesSql } from '#lib/compare/compare-sql';
import { evidenceSql } from '#lib/compare/evidence-sql';
import type { LiveStore, LiveTable } from '#lib/patch/live-store';
import type { PatchHeader, WriteMode } from '#lib/patch/patch';
import { manifestSha256, sealOf } from '#lib/patch/seal';
import { canonicalPlan } from '#lib/plan/canonical-plan';
import type { Plan } from '#lib/plan/plan';
import { planToFile } from '#lib/plan/to-file';
import {
  blocksOf,
  controlCountsOf,
  type RunFacts,
  rejectFacts,
  warningsOf,
} from '#lib/recovery/preview-facts';
import type { Progress, Summary } from '#lib/replay/run';
import type { Session } from '#lib/replay/session';
import type { Shape } from '#lib/replay/shape';
import { bucketsOverlapping } from '#lib/window/bucket';

/** Where a preview reads, works and writes. The caller opens and closes what is given. */
export type PreviewPlaces = {
  readonly source: ArchiveSource;
  readonly live: LiveStore;
  readonly session: Session;
  /** Content-addressed folder of staged parts, shared between runs. */
  readonly stageDir: string;
  /** The run's folder; made here, and removed again if the preview fails. */
  readonly outDir: string;
  /** The folder that the plan's relative paths are relative to. */
  readonly planFolder: string;
  readonly author: string;
  readonly threads: number;
  /** Keeps every record behind each discrepancy in the run's folder, for the page. */
  readonly evidence?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
};

/**
 * Recalculates and compares, and writes the run's files into `outDir`; changes nothing else. The method, in order:
 * archive -> affected cells -> live rows -> recalculation -> comparison -> patch -> seal (docs/recovery-plan.md).
 * Failures: plan.*, calculation.*, archive.*, live.*, engine.*, run.cancelled.
 */
export async function preview(plan: Plan, places: PreviewPlaces): Promise<Summary> {
  const began = performance.now();
  const { session } = places;
  await session.lock();
  const calculation = await checked(session, plan);
  await mkdir(places.outDir, { recursive: true });
  try {
    const table = await places.live.describe();
    const stage = await openStage(session, places.source, stageSpec(plan, calculation, places));
    const read = await explained(calculation, () =>
      readEvents(session, stage, plan, shapeOf(session, plan, calculation, places.live, table)),
    );
    const found = await explained(calculation, () => compareAll(session, plan, read, places, table));
    await stage.recheck();
    return await seal(plan, places, table, read, found, began);
  } catch (error) {
    await rm(places.outDir, { recursive: true, force: true });
    throw error;
  }
}

async function checked(session: Session, plan: Plan): Promise<Calculation> {
  const { calculation, problems } = await checkCalculation(session, plan);
  if (calculation === null) throw failureOf(problems);
  return calculation;
}

/** Runs queries that evaluate the user's expressions, and names the expression where one fails on an event. */
async function explained<T>(calculation: Calculation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainEngineError(error, calculation) ?? error;
  }
}

function stageSpec(
  plan: Plan,
  calculation: Calculation,
  places: PreviewPlaces,
): Parameters<typeof openStage>[2] {
  const { archive } = plan;
  return {
    format: archive.format,
    layout: archive.layout,
    slackMicros: archive.slackMicros,
    fields: archive.fields,
    types: archive.types,
    timezone: archive.timezone,
    requireArrival: plan.window.clock === 'ingested',
    usedColumns: calculation.columns,
    stageDir: places.stageDir,
    threads: places.threads,
    ...(places.signal ? { signal: places.signal } : {}),
    onProgress: (done, total) =>
      places.onProgress?.({ step: 'read', done, total, unit: 'bytes', words: 'Reading the archive' }),
  };
}

const shapeOf =
  (session: Session, plan: Plan, calculation: Calculation, live: LiveStore, table: LiveTable) =>
  async (staged: StagedArchive): Promise<Shape> => {
    const bound = await bindCalculation(session, calculation, staged.columns);
    if (bound.calculation === null) throw failureOf(bound.problems);
    const typed: TypedCalculation = bound.calculation;
    const column = table.columns.find((c) => c.name === plan.live.bucket?.column);
    return {
      plan,
      calculation: typed,
      columns: staged.columns,
      notContent: staged.notContent,
      bucketZoned: await bucketHasZone(session, live, column),
    };
  };

type Found = {
  readonly columns: ComparedColumns;
  readonly window: Comparison;
  readonly control: Comparison | null;
  readonly nullKeys: number;
};

async function compareAll(
  session: Session,
  plan: Plan,
  read: ReadEvents,
  places: PreviewPlaces,
  table: LiveTable,
): Promise<Found> {
  const { shape, buckets } = read;
  const scope = bucketScope(shape, buckets, plan.window);
  // The cells that the error window affects are no proof of health, and neither are the live rows of its buckets.
  const inWindow = new Set([...buckets, ...scope].map((b) => b.from));
  const controlScope =
    plan.control === null
      ? []
      : bucketScope(shape, read.controlBuckets, plan.control).filter((b) => !inWindow.has(b.from));
  places.onProgress?.({ step: 'live', done: 0, total: null, unit: 'rows', words: `Reading ${table.name}` });
  const { columns } = await readLiveRows(session, places.live, table, shape, [
    ...distinct([...buckets, ...scope, ...read.controlBuckets, ...controlScope]),
  ]);
  await readBaseline(session, places.live, shape, columns);
  places.onProgress?.({
    step: 'compare',
    done: 0,
    total: null,
    unit: 'rows',
    words: 'Recalculating and comparing',
  });
  const window = await compareCells(session, shape, columns, {
    affected: '@affected',
    interval: plan.window,
    scope,
    into: '@compared',
  });
  await session.run(discrepanciesSql(shape, columns, '@compared'));
  const control =
    plan.control === null
      ? null
      : await compareCells(session, shape, columns, {
          affected: '@control',
          interval: plan.control,
          scope: controlScope,
          into: '@control_compared',
        });
  const keys = [...columns.keys, ...(columns.bucket ? [columns.bucket] : [])].map((c) => c.name);
  return { columns, window, control, nullKeys: await places.live.countNullKeys(keys) };
}

/** The buckets in which live rows without an event are looked for. */
function bucketScope(
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

function distinct(intervals: readonly Interval[]): Interval[] {
  return [...new Map(intervals.map((i) => [i.from, i])).values()].sort((a, b) => (a.from < b.from ? -1 : 1));
}

/** Running measures that are one sum or count are written as column + delta, so that a consumer loses nothing. */
function writeModes(plan: Plan, calculation: TypedCalculation): WriteMode[] {
  return calculation.measures.map((m) => {
    const aggregate = calculation.aggregates.find((a) => a.id === m.single);
    const adds = (aggregate?.fn === 'sum' || aggregate?.fn === 'count') && !aggregate.distinct;
    return plan.live.state === 'running' && plan.patch.guard === 'delta' && adds ? 'delta' : 'set';
  });
}

async function seal(
  plan: Plan,
  places: PreviewPlaces,
  table: LiveTable,
  read: ReadEvents,
  found: Found,
  began: number,
): Promise<Summary> {
  const { session, outDir } = places;
  places.onProgress?.({
    step: 'seal',
    done: 0,
    total: null,
    unit: 'rows',
    words: 'Writing and sealing the patch',
  });
  const rejects = await rejectFacts(session, read);
  const modes = writeModes(plan, read.shape.calculation);
  await writeRowFiles(session, outDir, found.columns, plan.live.bucket?.timezone ?? 'UTC', modes);
  if (places.evidence) await session.run(evidenceSql(read.shape, join(outDir, RUN_FILES.evidence)));
  const facts: RunFacts = {
    ...rejects,
    read,
    comparison: found.window,
    control: found.control,
    counts: await countOps(session),
    nullKeys: found.nullKeys,
    ...(found.control === null ? {} : { controlCounts: controlCountsOf(found.control) }),
  };
  const header = await patchHeader(plan, places, table, found.columns, modes, facts);
  const summary = await summarise(plan, session, found, facts, header, began);
  await writeJson(outDir, 'plan', planToFile(plan));
  await writeJson(outDir, 'summary', summary);
  await writeJson(outDir, 'patch', header);
  return summary;
}

async function patchHeader(
  plan: Plan,
  places: PreviewPlaces,
  table: LiveTable,
  columns: ComparedColumns,
  modes: readonly WriteMode[],
  facts: RunFacts,
): Promise<PatchHeader> {
  const { shape, staged } = facts.read;
  const store = (c: ComparedColumns['keys'][number]) => ({
    name: c.name,
    sqlType: c.sqlType,
    type: c.type,
    nullable: c.nullable,
  });
  const keys = [...columns.keys, ...(columns.bucket ? [columns.bucket] : [])].map(store);
  const body = {
    kind: 'patch' as const,
    target: table.identity,
    keys,
    measures: columns.measures.map((c, i) => ({ ...store(c), mode: modes[i] ?? ('set' as const) })),
    counts: facts.counts,
    blockedBy: blocksOf(plan, facts),
    manifest: staged.files.map(({ path, bytes, sha256: hash }) => ({ path, bytes, sha256: hash })),
    planSha256: sha256(canonicalPlan(plan)),
  };
  const rows = await rowsSha256(
    places.session,
    `${places.outDir}/${RUN_FILES.patchRows}`,
    keys.length,
    columns.measures.length,
  );
  return {
    recount: 1,
    id: randomUUID(),
    seal: sealOf(body, rows),
    ...body,
    title: plan.title,
    store: plan.live.store,
    table: plan.live.table,
    manifestSha256: manifestSha256(body.manifest),
    calculation: {
      name: shape.calculation.name,
      versions: versionsUsed(plan),
      sha256: shape.calculation.sha256,
    },
    window: windowText(plan),
    liveTimezone: plan.live.bucket?.timezone ?? 'UTC',
    planFolder: places.planFolder,
    archiveAt: plan.archive.at,
    createdAt: new Date().toISOString(),
    author: places.author,
  };
}

const versionsUsed = ({ calculation }: Plan): number[] =>
  calculation.replayWith === 'deployed'
    ? calculation.versions.map((v) => v.version)
    : [calculation.replayWith];

const windowText = ({ window }: Plan): PatchHeader['window'] => ({
  from: formatInstant(window.from),
  to: formatInstant(window.to),
  clock: window.clock,
});

async function summarise(
  plan: Plan,
  session: Session,
  found: Found,
  facts: RunFacts,
  header: PatchHeader,
  began: number,
): Promise<Summary> {
  const { staged, shape, buckets, filesSkipped } = facts.read;
  const text = z.object({ recalculated: z.string(), live: z.string() });
  const net = await netDelta(session, found.columns);
  const { v } = await session.one('SELECT version() AS v', z.object({ v: z.string() }));
  const of = (name: string): number => found.window.classes.get(name) ?? 0;
  return {
    window: { ...header.window, spill_over: spillOver(buckets, plan) },
    archive: {
      files: staged.files.length,
      files_skipped: filesSkipped,
      bytes: Number(staged.files.reduce((sum, f) => sum + f.bytes, 0n)),
      records: Number(staged.records),
      accepted: facts.accepted,
      duplicates: facts.duplicates,
      conflicting_ids: facts.conflictingIds,
      rejected: facts.rejected,
      pending: found.window.pendingEvents,
      outside_partition: Number(staged.outsidePartition),
      manifest_sha256: header.manifestSha256,
    },
    cells: {
      affected: found.window.affected,
      match: of('match'),
      changed: of('changed'),
      missing_in_live: of('missing_in_live'),
      only_in_live: of('only_in_live'),
      deleted: of('deleted'),
      superseded: of('superseded'),
      pending: found.window.pendingCells,
    },
    net_delta: Object.fromEntries(net.map((n) => [n.measure, n.net])),
    checksums: await session.one(checksumsSql(shape, found.columns, '@compared'), text),
    ...(facts.controlCounts === undefined ? {} : { control: facts.controlCounts }),
    patch: { seal: header.seal, ...header.counts, blocked_by: header.blockedBy },
    calculation: header.calculation,
    warnings: await warningsOf(session, plan, facts),
    engine: { name: 'duckdb', version: v },
    elapsed_ms: Math.round(performance.now() - began),
  };
}
