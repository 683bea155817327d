import type { StoreTransaction } from '#lib/adapters/store/client';
import { countUnfinishedWork, lockWork } from '#lib/adapters/store/unfinished-work';
import { Failure } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';
import { LIMITS } from '#lib/recovery/setup/limits';

/**
 * Refuses another preview, test run or rehearsal to who has enough of them waiting or running, in the transaction that would
 * begin it. Failure work.too_much.
 */
export async function refuseTooMuchWork(tx: StoreTransaction, { id }: Actor): Promise<void> {
  await lockWork(tx, id);
  const count = await countUnfinishedWork(tx, id);
  if (count < LIMITS.work) return;
  throw new Failure(
    'work.too_much',
    `${count} previews, test runs and rehearsals wait or run under your name already.`,
    { fix: 'Wait until some of them are done, or cancel what is not needed.' },
  );
}
