import { attemptOnce } from '#lib/adapters/live/postgres/attempt';
import { Hold, HoldOver } from '#lib/adapters/live/postgres/hold';
import { type Job, rowsOf } from '#lib/adapters/live/postgres/job';
import { applyJob, undoJob } from '#lib/adapters/live/postgres/jobs';
import { sideEffects } from '#lib/adapters/live/postgres/side-effects';
import { lookUp, notApplied, type Target } from '#lib/adapters/live/postgres/target';
import { AttemptAgain, Rehearsed } from '#lib/adapters/live/postgres/transaction';
import { Bug } from '#lib/base/failure';
import { formatInstant, fromMillis } from '#lib/base/instant';
import { REHEARSAL_LIMIT_MS, type RehearseOptions } from '#lib/patch/live-store';
import type { SealedPatch } from '#lib/patch/patch';
import type { Rehearsal } from '#lib/patch/rehearsal';
import { type RehearsalEnd, rehearsalOf, StepWatch } from '#lib/patch/rehearsal-watch';

const ATTEMPTS = 3;

const instantNow = (): string => formatInstant(fromMillis(Date.now()));

/**
 * Makes one attempt as an apply (or an undo) does, by the same code, up to where COMMIT would be sent, and rolls it
 * back. The server itself ends it when the locks were held for `limitMs`, whatever becomes of this process.
 */
export async function rehearsePatch(
  target: Target,
  patch: SealedPatch,
  options: RehearseOptions,
): Promise<Rehearsal> {
  const limitMs = options.limitMs ?? REHEARSAL_LIMIT_MS;
  const watch = new StepWatch(rowsOf(patch.header.counts), () => performance.now());
  // a wait for a lock ends early enough to name who holds it
  const waitMs = Math.max(1, Math.round(limitMs * 0.8));
  const limits = {
    ...target.limits,
    lockMs: Math.min(target.limits.lockMs, waitMs),
    ledgerLockMs: Math.min(target.limits.ledgerLockMs, waitMs),
  };
  let heldMs = 0;
  const made = async (): Promise<RehearsalEnd> => {
    if (rowsOf(patch.header.counts) === 0) return { status: 'nothing_to_apply' };
    const job = await jobOf({ ...target, limits }, patch, {
      ...options,
      onProgress: async (progress) => {
        watch.meet(progress);
        await options.onProgress?.(progress);
      },
    });
    if (job === null) return { status: 'already_applied' };
    if (rowsOf(job.counts) === 0) return { status: 'nothing_to_apply' };
    for (let n = 1; ; n += 1) {
      const hold = new Hold(limitMs);
      watch.restart();
      const end = await attempt(job, hold, n >= ATTEMPTS);
      heldMs = Math.max(heldMs, hold.heldMs);
      if (end === 'over') throw watch.timeout(limitMs);
      if (end !== 'again') return end;
    }
  };
  return await rehearsalOf(made, watch, () => heldMs, limitMs, instantNow);
}

async function jobOf(target: Target, patch: SealedPatch, options: RehearseOptions): Promise<Job | null> {
  if (options.undo === undefined) return applyJob(target, patch, options);
  const applied = await lookUp(target, patch.header.seal);
  if (applied === null) throw notApplied();
  return applied.undone ? null : await undoJob(target, patch, options, applied, options.undo.leaveOut ?? []);
}

async function attempt(job: Job, hold: Hold, isLast: boolean): Promise<RehearsalEnd | 'again' | 'over'> {
  let effects: readonly string[] = [];
  const rehearsal = {
    hold,
    look: async (...at: Parameters<NonNullable<Job['rehearsal']>['look']>): Promise<void> => {
      effects = await sideEffects(...at, job.counts);
    },
  };
  try {
    const end = await attemptOnce({ ...job, rehearsal });
    if (end.kind === 'already') return { status: 'already_applied' };
    throw new Bug(`a rehearsal ended as ${end.kind}`);
  } catch (error) {
    if (error instanceof Rehearsed) return { status: 'would_apply', sideEffects: effects };
    if (error instanceof HoldOver) return 'over';
    if (!(error instanceof AttemptAgain)) throw error;
    if (isLast) throw error.failure;
    return 'again';
  } finally {
    // the roll-back was waited for: from here on nobody waits for this session
    hold.end();
  }
}
