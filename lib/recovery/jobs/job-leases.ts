import { deadLeases, dropLease, takeLease } from '#lib/adapters/store/job-leases';
import type { Context } from '#lib/recovery/setup/context';
import { JOB_KINDS, type JobKind, type JobWork } from '#lib/recovery/setup/jobs';

/** The work, noted in the records as this worker's for as long as it lasts. */
export function leased(kind: JobKind, work: JobWork, { store }: Context, worker: number): JobWork {
  return async (id, signal, jobId) => {
    const lease = { kind, recordId: id, jobId, worker };
    await takeLease(store, lease);
    try {
      await work(id, signal, jobId);
    } finally {
      // a note that stays is overwritten by the next worker, and counts for nothing once this one is gone
      await dropLease(store, lease).catch((error: unknown) =>
        console.error(
          `${kind} ${id}: its end was not noted: ${error instanceof Error ? error.message : error}`,
        ),
      );
    }
  };
}

/**
 * Gives back the jobs of workers that are gone, so that nothing waits until their silence is long enough. `worker` is the
 * caller's own number. Answers how many.
 */
export async function giveBackDead({ store, jobs }: Context, worker: number): Promise<number> {
  const dead = await deadLeases(store, worker);
  for (const lease of dead) {
    const kind = JOB_KINDS.find((one) => one === lease.kind);
    if (kind !== undefined) await jobs.giveBack(kind, lease.jobId);
    await dropLease(store, lease);
  }
  return dead.length;
}
