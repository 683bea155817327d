import type { StoreTransaction } from '#lib/adapters/store/client';

/** Holds a patch's record until the transaction ends, so that two changes of it come one after the other. */
export async function holdPatch(tx: StoreTransaction, id: string): Promise<void> {
  await tx.$queryRaw`select 1 as held from patch where id = ${id}::uuid for update`;
}

/** Any number that nothing else locks by. */
const OVERLAP_LOCK = 7_305_113_846_201;

/** Lets only one transaction at a time look for patches on the same rows and act on what it found. */
export async function holdOverlaps(tx: StoreTransaction): Promise<void> {
  await tx.$queryRaw`select 1 as held from (select pg_advisory_xact_lock(${OVERLAP_LOCK}::bigint)) l`;
}
