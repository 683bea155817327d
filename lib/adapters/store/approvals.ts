import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Prisma } from '#lib/adapters/store/generated/client';

// How many approvals a patch needs and which of those it has count: one place, for the questions of the page and for the
// conditions of the updates alike. `p` is the patch.

/** One person may approve the own patch: an admin allowed it, and nobody else is there to ask. */
const SELF = Prisma.sql`
  ((select self_approval from policy) and (select count(*) from person where disabled_at is null) = 1)`;

/** Approval `a` counts: of this seal, not voided, young enough, by someone who still may approve. */
const COUNTS = Prisma.sql`
  (a.seal = p.seal and a.voided_at is null
   and a.created_at > clock_timestamp() - make_interval(hours => (select approval_hours from policy))
   and (not a.self_approved or ${SELF})
   and exists (select from person x
                where x.id = a.approver and x.disabled_at is null and x.role in ('approver', 'admin')))`;

/**
 * Records `a` and `b` are of one live store. Where it is not known what one of them is, databases of the same name are taken
 * for the same: a rule too many asks for an approval, a rule too few for none.
 */
const SAME_STORE = Prisma.sql`
  (a.id = b.id or a.identity = b.identity or a.config = b.config
   or (a.identity is null or b.identity is null) and a.config ->> 'database' = b.config ->> 'database')`;

const RULE = Prisma.sql`
  approval_rule r where r.from_rows <= p.updates + p.inserts + p.deletes
    and (r.live_store_id is null
         or exists (select from run, live_store a, live_store b
                     where run.id = p.run_id and a.id = run.live_store_id and b.id = r.live_store_id
                       and ${SAME_STORE}))`;

const NEEDED = Prisma.sql`(select coalesce(max(r.approvals), 1) from ${RULE})`;

/** Enough approvals of this seal count right now. */
export const ENOUGH = Prisma.sql`
  ((select count(*) from approval a where a.patch_id = p.id and ${COUNTS}) >= ${NEEDED})`;

export type ApprovalStanding = {
  /** How many the strictest rule that fits asks for. */
  readonly needed: number;
  /** That rule; null where none fits: then one is needed. */
  readonly rule: { readonly fromRows: number; readonly liveStore: string | null } | null;
  /** Ids of the approvals that count. */
  readonly counting: readonly string[];
  /** Whether the author's own counts. */
  readonly selfApproval: boolean;
};

const Standing = z.object({
  needed: z.number(),
  fromRows: z.number().nullable(),
  liveStore: z.string().nullable(),
  counting: z.array(z.string()),
  selfApproval: z.boolean(),
});

/** What a patch needs and has; nothing is needed of one that is not there. */
export async function approvalStanding(tx: StoreTransaction, patchId: string): Promise<ApprovalStanding> {
  const [row] = await tx.$queryRaw<unknown[]>`
    select ${NEEDED}::int as "needed", rule.from_rows as "fromRows", rule.name as "liveStore",
           array(select a.id::text from approval a where a.patch_id = p.id and ${COUNTS}) as "counting",
           ${SELF} as "selfApproval"
      from patch p
      left join lateral (
        select r.from_rows, l.name from approval_rule r left join live_store l on l.id = r.live_store_id
         where r.id = (select r.id from ${RULE} order by r.approvals desc, r.from_rows desc limit 1)
      ) rule on true
     where p.id = ${patchId}::uuid`;
  if (row === undefined) return { needed: 1, rule: null, counting: [], selfApproval: false };
  const { needed, fromRows, liveStore, counting, selfApproval } = Standing.parse(row);
  const rule = fromRows === null ? null : { fromRows, liveStore };
  return { needed, rule, counting, selfApproval };
}

/** Whether the author's own approval counts now. */
export async function isSelfApprovalOpen(tx: StoreTransaction): Promise<boolean> {
  return z.tuple([z.object({ open: z.boolean() })]).parse(await tx.$queryRaw`select ${SELF} as open`)[0].open;
}

const Ids = z.array(z.object({ id: z.string() }));

/** Approved patches of which not enough approvals count any more. */
export async function findUnsupported(tx: StoreTransaction): Promise<string[]> {
  const rows = await tx.$queryRaw`
    select p.id::text as id from patch p where p.state = 'approved' and not ${ENOUGH} order by p.number`;
  return Ids.parse(rows).map(({ id }) => id);
}

const Authors = z.array(z.object({ person: z.string() }));

/**
 * Everyone who had a hand in what a run of an incident writes: who opened it, changed its plan, added or uploaded the events
 * and rows it reads, left rows out or took them back. The audit is the witness. An edition of the library is not of one
 * incident: who published it may approve what others calculate by it.
 */
export async function findRunAuthors(tx: StoreTransaction, incidentId: string): Promise<string[]> {
  const rows = await tx.$queryRaw`
    select distinct actor as person from audit
     where actor <> 'recount'
       and (incident_id = ${incidentId}::uuid
            and action in ('incident.open', 'sample.open', 'incident.change', 'run.leave_out', 'run.restore')
         or action in ('archive.add', 'upload.announce', 'upload.complete', 'upload.remove')
            and subject in (
              with used as (
                select archive_id, live_store_id from run where incident_id = ${incidentId}::uuid
                union select archive_id, live_store_id from incident where id = ${incidentId}::uuid)
              select 'archive ' || archive_id from used
              union select 'archive ' || (l.config ->> 'archiveId') from used join live_store l on l.id = used.live_store_id))
     order by 1`;
  return Authors.parse(rows).map(({ person }) => person);
}
