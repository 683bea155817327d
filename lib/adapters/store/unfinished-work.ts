import type { StoreTransaction } from '#lib/adapters/store/client';

const UNFINISHED = { in: ['queued', 'running'] };

/** Two requests of one person that begin work see one another. Held until the transaction ends. */
export async function lockWork(tx: StoreTransaction, personId: string): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`recount.work ${personId}`}, 0))`;
}

/** How many previews, test runs and rehearsals of a person wait or run. */
export async function countUnfinishedWork(tx: StoreTransaction, createdBy: string): Promise<number> {
  const where = { createdBy, state: UNFINISHED };
  const runs = await tx.run.count({ where });
  const tests = await tx.calculationTest.count({ where });
  return runs + tests + (await tx.rehearsal.count({ where }));
}
