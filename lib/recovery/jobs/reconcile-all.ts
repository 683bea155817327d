import { startDueVerifies } from '#lib/recovery/jobs/due-verifies';
import { giveBackDead } from '#lib/recovery/jobs/job-leases';
import { reconcileJobs } from '#lib/recovery/jobs/jobs-reconcile';
import { checkLedgers } from '#lib/recovery/jobs/ledger-check';
import { expireApprovals } from '#lib/recovery/patches/expire-approvals';
import { resumeErasures } from '#lib/recovery/retention/carry-out';
import type { Context } from '#lib/recovery/setup/context';

/** Longer than this a worker does not keep the queue closed for live stores that do not answer. */
const START_LIMIT_MS = 15_000;

/**
 * Before a worker opens its queue: jobs of dead workers are given back, records without a job get one, and every ledger is
 * asked, so that what an earlier life left open is known first. `worker` is the caller's own number.
 */
export async function reconcileAtStart(context: Context, worker: number): Promise<void> {
  await step('jobs of dead workers', () => giveBackDead(context, worker));
  await step('records and jobs', () => reconcileJobs(context));
  await step('erasures', () => resumeErasures(context));
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, START_LIMIT_MS);
  await Promise.race([step('records and ledgers', () => checkLedgers(context, true)), limit.promise]);
  clearTimeout(timer);
}

/** Every minute. */
export async function reconcileAgain(context: Context, worker: number): Promise<void> {
  await step('jobs of dead workers', () => giveBackDead(context, worker));
  await step('records and jobs', () => reconcileJobs(context));
  await step('erasures', () => resumeErasures(context));
  await step('approvals that expired', () => expireApprovals(context));
  await step('comparisons that are due', () => startDueVerifies(context));
  await step('records and ledgers', () => checkLedgers(context, false));
}

/** One that fails does not keep the others back; it is done again in a minute. */
async function step(words: string, work: () => Promise<number>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(`${words}: ${error instanceof Error ? error.message : error}`);
  }
}
