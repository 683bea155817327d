import { takeDueVerifies } from '#lib/adapters/store/verify-schedule';
import type { Context } from '#lib/recovery/setup/context';

/** Queues the comparisons whose time has come, each in the transaction that sets its next time. Answers how many. */
export async function startDueVerifies({ store, jobs }: Context): Promise<number> {
  return store.$transaction(async (tx) => {
    const due = await takeDueVerifies(tx);
    for (const id of due) await jobs.enqueue('verify', id, tx);
    return due.length;
  });
}
