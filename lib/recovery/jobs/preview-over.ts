import { Failure } from '#lib/base/failure';
import type { Plan } from '#lib/plan/plan';
import { openArchiveWork } from '#lib/recovery/archives/open-archive-work';
import { preview } from '#lib/recovery/method/preview';
import type { Context } from '#lib/recovery/setup/context';
import { planFolderOf } from '#lib/recovery/setup/incident-places';
import type { LiveRecord } from '#lib/recovery/setup/live-address';
import { openRecordedStore } from '#lib/recovery/setup/open-recorded-store';
import { stageFolder } from '#lib/recovery/setup/wiring';
import type { Progress, Summary } from '#lib/replay/run';

/** What is previewed: a plan, over the archive and the live store that records name. */
export type PreviewOf = {
  readonly plan: Plan;
  readonly archiveId: string | null;
  readonly liveStore: LiveRecord | null;
  /** A person's id. */
  readonly author: string;
  /** Keeps the records behind each difference, for the page. */
  readonly evidence: boolean;
};

/**
 * Recalculates and compares by a plan, in a process of its own, and writes the run's files into `dir`. Ends with the
 * Failure run.cancelled where `signal` aborts; else as `preview` does.
 */
export async function previewOver(
  context: Context,
  { plan, archiveId, liveStore, author, evidence }: PreviewOf,
  dir: string,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<Summary> {
  const { store, env } = context;
  if (archiveId === null || liveStore === null)
    throw new Failure('not_found', 'The archive or the live store of this run is not there any more.');
  report({ step: 'list', done: 0, total: null, unit: 'files', words: 'Listing the archive' });
  const planFolder = planFolderOf(env, plan.live.store);
  const live = await openRecordedStore(context, liveStore, {
    store: plan.live.store,
    table: plan.live.table,
    folder: planFolder,
    timezone: plan.live.bucket?.timezone ?? 'UTC',
  });
  // a live store that does not answer, such as a locked table, must not keep a cancelled preview alive
  const stop = (): void => void live.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { source, session } = await openArchiveWork(context, archiveId, plan.archive.at, [dir], signal);
    try {
      const person = await store.person.findUnique({ where: { id: author }, select: { name: true } });
      return await preview(plan, {
        source,
        live,
        session,
        stageDir: stageFolder(env.dataDir),
        outDir: dir,
        planFolder,
        author: person?.name ?? author,
        threads: env.threads,
        evidence,
        signal,
        onProgress: report,
      });
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Failure('run.cancelled', 'The preview was cancelled.', { cause: error });
  } finally {
    signal.removeEventListener('abort', stop);
    await live.close();
  }
}
