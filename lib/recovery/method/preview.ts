import { mkdir, rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { compareCells } from '#lib/adapters/duckdb/compare';
import { bucketHasZone, loadWhole, readBaseline, readLiveRows } from '#lib/adapters/duckdb/live-rows';
import { bindCalculation } from '#lib/adapters/expressions/bind-calculation';
import { checkCalculation } from '#lib/adapters/expressions/check-calculation';
import { bucketScope, type ReadEvents, readEvents } from '#lib/adapters/replay/duckdb/replay';
import { openStage } from '#lib/adapters/staging/stage';
import type { StagedArchive } from '#lib/archive/archive';
import { failureOf } from '#lib/base/failure';
import type { Interval } from '#lib/base/instant';
import type { Calculation, TypedCalculation } from '#lib/calculation/calculation';
import { explainEngineError } from '#lib/calculation/explain';
import { controlRowsSql, discrepanciesSql } from '#lib/compare/compare-sql';
import type { LiveTable } from '#lib/patch/live-store';
import type { Plan } from '#lib/plan/plan';
import type { PreviewPlaces } from '#lib/recovery/method/preview-places';
import { type Found, sealRun } from '#lib/recovery/method/preview-seal';
import { stageSpec } from '#lib/recovery/method/stage-spec';
import type { Summary } from '#lib/replay/run';
import type { Session } from '#lib/replay/session';
import type { Shape } from '#lib/replay/shape';

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
    if (table.readsWhole) await loadWhole(session, places.live, table, plan);
    const column = table.columns.find((c) => c.name === plan.live.bucket?.column);
    const bucketZoned = await bucketHasZone(session, column);
    const stage = await openStage(session, places.source, stageSpec(plan, calculation, places));
    const read = await explained(calculation, () =>
      readEvents(session, stage, plan, shapeOf(session, plan, calculation, bucketZoned)),
    );
    const found = await explained(calculation, () => compareAll(session, plan, read, places, table));
    await stage.recheck();
    return await sealRun(plan, places, table, read, found, began);
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

const shapeOf =
  (session: Session, plan: Plan, calculation: Calculation, bucketZoned: boolean) =>
  async (staged: StagedArchive): Promise<Shape> => {
    const bound = await bindCalculation(session, calculation, staged.columns);
    if (bound.calculation === null) throw failureOf(bound.problems);
    const typed: TypedCalculation = bound.calculation;
    return {
      plan,
      calculation: typed,
      columns: staged.columns,
      notContent: staged.notContent,
      bucketZoned,
    };
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
  const { columns, nullKeys } = await readLiveRows(session, places.live, table, shape, [
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
  if (control !== null) await session.run(controlRowsSql(shape, columns, '@control_compared'));
  return { columns, window, control, nullKeys };
}

function distinct(intervals: readonly Interval[]): Interval[] {
  return [...new Map(intervals.map((i) => [i.from, i])).values()].sort((a, b) => (a.from < b.from ? -1 : 1));
}
