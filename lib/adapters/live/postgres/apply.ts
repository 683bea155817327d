import { attemptOnce } from '#lib/adapters/live/postgres/attempt';
import type { Job } from '#lib/adapters/live/postgres/job';
import { applyJob, undoJob } from '#lib/adapters/live/postgres/jobs';
import { createLedger } from '#lib/adapters/live/postgres/ledger';
import { fenceSteps } from '#lib/adapters/live/postgres/settle';
import { lookUp, notApplied, type Target } from '#lib/adapters/live/postgres/target';
import { AttemptAgain } from '#lib/adapters/live/postgres/transaction';
import { applyAtMostOnce } from '#lib/patch/at-most-once';
import type { ApplyOptions, ApplyStatus, UndoOptions, UndoStatus } from '#lib/patch/live-store';
import type { Counts, SealedPatch } from '#lib/patch/patch';

const isEmpty = (counts: Counts): boolean => counts.updates + counts.inserts + counts.deletes === 0;

/** The attempts at a job, on this target. */
const attempts = (job: Job): Promise<'done' | 'already'> =>
  applyAtMostOnce({
    ...fenceSteps(job),
    attempt: () =>
      attemptOnce(job).catch((error: unknown) => {
        if (error instanceof AttemptAgain) return { kind: 'again', failure: error.failure };
        throw error;
      }),
    createLedger: job.undo ? null : () => createLedger(job.address),
  });

/**
 * Writes a sealed patch once, or nothing: docs/recovery-plan.md section 6. An earlier attempt of another process that
 * is still open is waited for at the ledger's row, so that calling again after `patch.unknown` settles it.
 */
export async function applyPatch(
  target: Target,
  patch: SealedPatch,
  options: ApplyOptions,
): Promise<ApplyStatus> {
  if (isEmpty(patch.header.counts)) return 'nothing_to_apply';
  const outcome = await attempts(applyJob(target, patch, options));
  return outcome === 'already' ? 'already_applied' : 'applied';
}

/**
 * Puts the rows of an applied patch back from the ledger, all but those left out: docs/recovery-plan.md section 6.
 * Where nothing is left to put back, the undo that a patch has is not used up.
 */
export async function undoPatch(
  target: Target,
  patch: SealedPatch,
  options: UndoOptions,
): Promise<UndoStatus> {
  const { header } = patch;
  if (isEmpty(header.counts)) return 'nothing_to_apply';
  // asked first for the answer alone: preflight names rights that a patch never applied does not need
  const before = await lookUp(target, header.seal);
  if (before === null) throw notApplied();
  if (before.undone) return 'already_undone';
  const job = await undoJob(target, patch, options, before, options.leaveOut ?? []);
  if (isEmpty(job.counts)) return 'nothing_to_apply';
  const outcome = await attempts(job);
  return outcome === 'already' ? 'already_undone' : 'undone';
}
