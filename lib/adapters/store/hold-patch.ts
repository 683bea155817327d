import type { StoreTransaction } from '#lib/adapters/store/client';

// Every change takes its locks in one order: the incident, then its patches, then the overlaps. Where two changes of an
// incident meet, the second waits at the first lock and holds nothing that the first one wants.

/** Holds the incident of a patch until the transaction ends: the first statement of every change of a patch. */
export async function holdIncidentOf(tx: StoreTransaction, patchId: string): Promise<void> {
  await tx.$queryRaw`
    select 1 as held from incident
     where id = (select incident_id from patch where id = ${patchId}::uuid) for no key update`;
}

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
