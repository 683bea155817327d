import { rm } from 'node:fs/promises';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure, failureOf } from '#lib/base/failure';
import { parsePlanValue } from '#lib/plan/parse';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { whileWanted } from '#lib/recovery/jobs/job-watch';
import { previewOver } from '#lib/recovery/jobs/preview-over';
import { previewedIdentity } from '#lib/recovery/live-stores/store-identity';
import type { Context } from '#lib/recovery/setup/context';
import { runFolder } from '#lib/recovery/setup/places';
import type { Progress, Summary } from '#lib/replay/run';

const UNFINISHED = { in: ['queued', 'running'] };

/** Recalculates and compares by a run's frozen plan, in a process of its own, and writes its files and its summary. */
export const previewJob: JobHandler = {
  onStop: 'abort',

  async run(context, id, signal) {
    const { store, env } = context;
    const begun = await store.run.updateMany({
      where: { id, state: UNFINISHED, cancelRequestedAt: null },
      data: { state: 'running', startedAt: new Date(), heartbeatAt: new Date() },
    });
    if (begun.count === 0) throw new Failure('run.cancelled', 'The preview was cancelled.');
    const dir = runFolder(env, id);
    const beat = async (progress: Progress | null): Promise<boolean> => {
      const where = { id, state: 'running', cancelRequestedAt: null };
      const data = { heartbeatAt: new Date(), ...(progress === null ? {} : { progress }) };
      return (await store.run.updateMany({ where, data })).count === 1;
    };
    await rm(dir, { recursive: true, force: true });
    try {
      const summary = await whileWanted(signal, beat, (inner, report) =>
        previewRun(context, id, dir, inner, report),
      );
      await finish(context, id, dir, summary);
    } catch (error) {
      // what is no outcome may have come after the record was written: then the folder is named by it
      if (error instanceof Failure) await rm(dir, { recursive: true, force: true });
      throw error;
    }
  },

  async fail({ store }, id, failure) {
    const cancelled = failure.code === 'run.cancelled';
    await store.$transaction(async (tx) => {
      const { count } = await tx.run.updateMany({
        where: { id, state: UNFINISHED },
        data: {
          state: cancelled ? 'cancelled' : 'failed',
          finishedAt: new Date(),
          ...(cancelled ? {} : { error: JSON.parse(JSON.stringify(failure)) }),
        },
      });
      const run = count === 0 || cancelled ? null : await tx.run.findUnique({ where: { id } });
      if (run === null) return;
      await writeAudit(tx, {
        actor: 'recount',
        action: 'preview.fail',
        incidentId: run.incidentId,
        subject: `run ${id}`,
        detail: { code: failure.code, message: failure.message },
      });
    });
  },
};

async function previewRun(
  context: Context,
  id: string,
  dir: string,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<Summary> {
  const run = await context.store.run.findUniqueOrThrow({ where: { id }, include: { liveStore: true } });
  const { plan, problems } = parsePlanValue(run.plan);
  if (plan === null) throw failureOf(problems);
  const { archiveId, liveStore, createdBy: author } = run;
  return previewOver(context, { plan, archiveId, liveStore, author, evidence: true }, dir, signal, report);
}

async function finish({ store, env }: Context, id: string, dir: string, summary: Summary): Promise<void> {
  const { liveStore } = await store.run.findUniqueOrThrow({ where: { id }, include: { liveStore: true } });
  const identity = liveStore === null ? null : await previewedIdentity(env, liveStore, dir);
  await store.$transaction(async (tx) => {
    // rules of approval are held against it
    if (liveStore !== null && identity !== null && identity !== liveStore.identity)
      await tx.liveStore.update({ where: { id: liveStore.id }, data: { identity } });
    const { count } = await tx.run.updateMany({
      where: { id, state: 'running', cancelRequestedAt: null },
      data: {
        state: 'done',
        summary: JSON.parse(JSON.stringify(summary)),
        engine: summary.engine,
        dir,
        finishedAt: new Date(),
      },
    });
    if (count === 0) throw new Failure('run.cancelled', 'The preview was cancelled.');
    const { incidentId } = await tx.run.findUniqueOrThrow({ where: { id }, select: { incidentId: true } });
    const { updates, inserts, deletes, seal } = summary.patch;
    await writeAudit(tx, {
      actor: 'recount',
      action: 'preview.finish',
      incidentId,
      subject: `run ${id}`,
      detail: { affected: summary.cells.affected, updates, inserts, deletes, seal },
    });
  });
}
