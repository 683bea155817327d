import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Prisma } from '#lib/adapters/store/generated/client';
import { CODES } from '#lib/base/codes';

/** Records whose files go. */
export type ErasedRecords = {
  readonly runs: readonly string[];
  readonly patches: readonly string[];
  readonly surveys: readonly string[];
  readonly archives: readonly string[];
};

/**
 * Marks records as erased, before their files go, and takes out of the records what they hold of events and rows: samples
 * and rejects of readings, keys in alarms, errors and rehearsals. Patches are compared by themselves no more.
 */
export async function markErased(
  tx: StoreTransaction,
  { runs, patches, surveys, archives }: ErasedRecords,
  at: Date,
): Promise<void> {
  const standing = (ids: readonly string[]) => ({ id: { in: [...ids] }, erasedAt: null });
  await tx.run.updateMany({ where: standing(runs), data: { erasedAt: at } });
  await tx.archive.updateMany({ where: standing(archives), data: { erasedAt: at } });
  await tx.$executeRaw`
    update survey set erased_at = now(), result = result || jsonb_build_object(
        'sampleRows', '[]'::jsonb, 'rejects', '[]'::jsonb, 'columns',
        (select coalesce(jsonb_agg(c || '{"sample": []}'), '[]') from jsonb_array_elements(result -> 'columns') c))
     where id = any(${[...surveys]}::uuid[]) and erased_at is null`;
  await forgetRows(tx, patches);
  await tx.patch.updateMany({
    where: standing(patches),
    data: { erasedAt: at, verifyEvery: null, nextVerifyAt: null, alarm: Prisma.DbNull },
  });
}

/** What went wrong stays, without the rows that its words may name. */
async function forgetRows(tx: StoreTransaction, patches: readonly string[]): Promise<void> {
  const of = { in: [...patches] };
  await tx.rehearsal.deleteMany({ where: { patchId: of } });
  const failed = await tx.patch.findMany({
    where: { id: of, error: { not: Prisma.DbNull } },
    select: { id: true, error: true },
  });
  for (const { id, error } of failed) {
    const told = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
    const code = Object.keys(CODES).find((one) => one === told);
    if (code === undefined) continue;
    const { what, fix } = CODES[code as keyof typeof CODES];
    await tx.patch.update({ where: { id }, data: { error: { code, message: what, fix } } });
  }
}

/** Whether a worker is at one of these records now, or a job of it waits. */
export async function isBusy(tx: StoreTransaction, incidentId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    with own as (
      select id from run where incident_id = ${incidentId}::uuid
      union all select id from survey where incident_id = ${incidentId}::uuid
      union all select id from patch where incident_id = ${incidentId}::uuid
      union all select id from calculation_test where incident_id = ${incidentId}::uuid)
    select 1 as there where exists (select from job_lease where record_id in (select id from own))
       or exists (select from run where incident_id = ${incidentId}::uuid and state in ('queued', 'running'))
       or exists (select from survey where incident_id = ${incidentId}::uuid and state in ('queued', 'running'))
       or exists (select from calculation_test where incident_id = ${incidentId}::uuid and state in ('queued', 'running'))`;
  return rows.length > 0;
}

/** Whether staged events may be read at this moment. */
export async function isReading(tx: StoreTransaction): Promise<boolean> {
  const where = { state: 'running' };
  const running = [tx.run.count({ where }), tx.survey.count({ where }), tx.calculationTest.count({ where })];
  return (await Promise.all(running)).some((count) => count > 0);
}

const Archives = z.array(
  z.object({ id: z.string(), kind: z.string(), shared: z.boolean(), live: z.boolean() }),
);

/**
 * The archives that an incident and its previews read. `shared`: another incident, of which not everything was erased, reads
 * the same place. `live`: a live store's file lies in it.
 */
export async function archivesOf(
  tx: StoreTransaction,
  incidentId: string,
): Promise<z.output<typeof Archives>> {
  const rows = await tx.$queryRaw`
    with used as (
      select id as incident_id, archive_id from incident union select incident_id, archive_id from run),
    others as (
      select a.location from archive a join used u on u.archive_id = a.id
       where u.incident_id <> ${incidentId}::uuid
         and not exists (select from erasure e where e.incident_id = u.incident_id and e.scope = 'incident'))
    select a.id::text as id, a.kind, exists (select from others o where o.location = a.location) as shared,
           exists (select from live_store l where l.config ->> 'archiveId' = a.id::text) as live
      from archive a
     where a.id in (select archive_id from used where incident_id = ${incidentId}::uuid)`;
  return Archives.parse(rows);
}

const Ids = z.array(z.object({ id: z.string() }));

/**
 * Uploads that nothing needs any more: older than `before`, no live store's file in them, and every incident that reads them
 * closed before then. `among`: only of these, and held until the transaction ends.
 */
export async function oldUploads(
  tx: StoreTransaction,
  before: Date,
  among?: readonly string[],
): Promise<string[]> {
  const which =
    among === undefined ? Prisma.empty : Prisma.sql`and a.id::text = any(${[...among]}) for update`;
  const rows = await tx.$queryRaw`
    select a.id::text as id from archive a
     where a.kind = 'upload' and a.erased_at is null and a.created_at < ${before.toISOString()}::timestamptz
       and not exists (select from live_store l where l.config ->> 'archiveId' = a.id::text)
       and not exists (select from calculation_test t where t.archive_id = a.id and t.state in ('queued', 'running'))
       and not exists (
         select from incident i
          where (i.archive_id = a.id or exists (select from run r where r.incident_id = i.id and r.archive_id = a.id))
            and (i.closed_at is null or i.closed_at >= ${before.toISOString()}::timestamptz)) ${which}`;
  return Ids.parse(rows).map(({ id }) => id);
}

/** Rows of records that only tell what was, and were over before then. Answers how many of each went. */
export const OVER = {
  // of each kind of event of a patch the newest line stays, without what was sent: the next one is numbered after it
  deliveries: async (tx: StoreTransaction, before: Date): Promise<Record<string, number>> => {
    const isOver = Prisma.sql`d.state <> 'waiting' and d.at < ${before.toISOString()}::timestamptz`;
    const deliveries = await tx.$executeRaw`
      delete from webhook_delivery d
       where ${isOver} and (d.patch_id is null or exists (
         select from webhook_delivery n
          where n.webhook_id = d.webhook_id and n.patch_id = d.patch_id and n.event = d.event
            and n.occurrence > d.occurrence))`;
    const emptied = await tx.$executeRaw`
      update webhook_delivery d set body = null, problem = null
       where ${isOver} and (d.body is not null or d.problem is not null)`;
    return { deliveries, emptied };
  },
  notifications: async (tx: StoreTransaction, before: Date): Promise<Record<string, number>> => ({
    notifications: (await tx.notification.deleteMany({ where: { createdAt: { lt: before } } })).count,
  }),
  access: async (tx: StoreTransaction, before: Date): Promise<Record<string, number>> => {
    const isOld = { lt: before };
    const sessions = await tx.session.deleteMany({
      where: { OR: [{ expiresAt: isOld }, { lastSeenAt: isOld }] },
    });
    const tokens = await tx.apiToken.deleteMany({
      where: { OR: [{ expiresAt: isOld }, { revokedAt: isOld }] },
    });
    const links = await tx.signInLink.deleteMany({ where: { expiresAt: isOld } });
    const invitations = await tx.invitation.deleteMany({ where: { expiresAt: isOld } });
    return {
      sessions: sessions.count,
      tokens: tokens.count,
      links: links.count,
      invitations: invitations.count,
    };
  },
} as const;
