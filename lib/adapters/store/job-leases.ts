import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';

// Which worker is at which record. A worker holds a session lock of the records' database under its own number as long as
// it lives: PostgreSQL lets it go in the moment in which the process is gone, so no clock has to be trusted.

/** First half of the lock's name; the second is the worker's number. */
export const WORKER_LOCK = 0x52434e54;

export type JobLease = {
  readonly kind: string;
  readonly recordId: string;
  readonly jobId: string;
  readonly worker: number;
};

/** Notes that a worker has begun with a record. */
export async function takeLease(
  tx: StoreTransaction,
  { kind, recordId, jobId, worker }: JobLease,
): Promise<void> {
  await tx.$executeRaw`
    insert into job_lease (kind, record_id, job_id, worker)
    values (${kind}, ${recordId}::uuid, ${jobId}::uuid, ${worker}::int)
    on conflict (kind, record_id) do update set job_id = excluded.job_id, worker = excluded.worker, taken_at = now()`;
}

/** Notes that it has ended; another worker's note stays. */
export async function dropLease(
  tx: StoreTransaction,
  { kind, recordId, worker }: Omit<JobLease, 'jobId'>,
): Promise<void> {
  await tx.$executeRaw`
    delete from job_lease where kind = ${kind} and record_id = ${recordId}::uuid and worker = ${worker}::int`;
}

/** True while a living worker is at the record. */
export async function isHeld(tx: StoreTransaction, kind: string, recordId: string): Promise<boolean> {
  const rows = await tx.$queryRaw`
    select 1 as held from job_lease l
     where l.kind = ${kind} and l.record_id = ${recordId}::uuid
       and exists (select from pg_locks k where k.locktype = 'advisory' and k.objsubid = 2 and k.granted
                      and k.database = (select oid from pg_database where datname = current_database())
                      and k.classid = ${WORKER_LOCK}::int8::oid and k.objid = l.worker::int8::oid)`;
  return z.array(z.unknown()).parse(rows).length > 0;
}

const Leases = z.array(
  z.object({ kind: z.string(), recordId: z.string(), jobId: z.string(), worker: z.number() }),
);

/** What workers that are gone were at. `except`: the caller's own number, whose session may be opening again. */
export async function deadLeases(tx: StoreTransaction, except: number): Promise<JobLease[]> {
  const rows = await tx.$queryRaw`
    select l.kind, l.record_id::text as "recordId", l.job_id::text as "jobId", l.worker from job_lease l
     where l.worker <> ${except}::int
       and not exists (select from pg_locks k where k.locktype = 'advisory' and k.objsubid = 2 and k.granted
                      and k.database = (select oid from pg_database where datname = current_database())
                      and k.classid = ${WORKER_LOCK}::int8::oid and k.objid = l.worker::int8::oid)`;
  return Leases.parse(rows);
}

/** How many workers are there now. */
export async function countWorkers(tx: StoreTransaction): Promise<number> {
  const rows = await tx.$queryRaw`
    select count(*)::int as n from pg_locks k
     where k.locktype = 'advisory' and k.objsubid = 2 and k.granted
       and k.database = (select oid from pg_database where datname = current_database())
       and k.classid = ${WORKER_LOCK}::int8::oid`;
  return z.tuple([z.object({ n: z.number() })]).parse(rows)[0].n;
}
