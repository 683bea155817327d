import type { StoreTransaction } from '#lib/adapters/store/client';

/**
 * Ends the rehearsal of a patch that waits or runs, in the transaction of a verb that needs the rows or gives the patch
 * up: one that waits at once, one that runs when its worker looks, within a second. Answers whether there was one.
 */
export async function stopRehearsals(tx: StoreTransaction, patchId: string): Promise<boolean> {
  const now = new Date();
  const waiting = await tx.rehearsal.updateMany({
    where: { patchId, state: 'queued' },
    data: { state: 'cancelled', finishedAt: now, cancelRequestedAt: now },
  });
  const running = await tx.rehearsal.updateMany({
    where: { patchId, state: 'running', cancelRequestedAt: null },
    data: { cancelRequestedAt: now },
  });
  return waiting.count + running.count > 0;
}
