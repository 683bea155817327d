import type { StoreTransaction } from '#lib/adapters/store/client';
import { Prisma } from '#lib/adapters/store/generated/client';
import type { NotificationKind } from '#lib/incident/notification';

/** After so long a notification is gone. */
const KEPT_DAYS = 90;

/** What the audit tells of a patch, and people hear of. */
const OF_ACTION: Readonly<Record<string, NotificationKind>> = {
  'patch.propose': 'approval_wanted',
  'patch.propose_undo': 'approval_wanted',
  'patch.reopened': 'approval_wanted',
  'patch.expired': 'approval_wanted',
  'patch.request_changes': 'changes_requested',
  'patch.approve': 'approved',
  'patch.applied': 'applied',
  'patch.found': 'applied',
  'patch.failed': 'failed',
  'patch.unknown': 'unknown',
  'patch.stale': 'stale',
  'patch.differs': 'alarm',
  'patch.lost': 'alarm',
};

/** Who may approve it: whoever had a hand in it may not. */
const APPROVERS = Prisma.sql`
  select x.id from person x
   where x.role in ('approver', 'admin') and x.id <> p.author
     and not exists (select from patch_author w where w.patch_id = p.id and w.person_id = x.id)`;
const AUTHOR = Prisma.sql`select p.author`;
/** Whoever made it, approved it or had it applied. */
const CONCERNED = Prisma.sql`
  select p.author union select w.person_id from patch_author w where w.patch_id = p.id
  union select a.approver from approval a where a.patch_id = p.id and a.voided_at is null
  union select l.actor from audit l
         where l.incident_id = p.incident_id and l.action = 'patch.apply' and l.subject = 'patch ' || p.id`;

const audience = (kind: NotificationKind): Prisma.Sql =>
  kind === 'approval_wanted'
    ? APPROVERS
    : kind === 'approved' || kind === 'changes_requested'
      ? AUTHOR
      : CONCERNED;

/** Person `t` is active, not the one who did it, and wants to hear of it. */
const wants = (kind: NotificationKind, actor: string): Prisma.Sql => Prisma.sql`
  t.id <> ${actor}
  and exists (select from person y where y.id = t.id and y.disabled_at is null)
  and not exists (select from notification_off o where o.person_id = t.id and o.kind = ${kind})`;

/**
 * Tells whom it concerns of a patch's new state: called for every line of the audit, in its transaction. Nobody is told
 * twice of the same while the first is not read.
 */
export async function notifyOfAction(
  tx: StoreTransaction,
  action: string,
  subject: string,
  actor: string,
): Promise<void> {
  const kind = OF_ACTION[action];
  const patchId = /^patch ([0-9a-f-]{36})$/.exec(subject)?.[1];
  if (kind === undefined || patchId === undefined) return;
  await tell(
    tx,
    Prisma.sql`
    insert into notification (person_id, kind, incident_id, patch_id, actor)
    select t.id, ${kind}::text, p.incident_id, p.id, ${actor}::text
      from patch p cross join lateral (${audience(kind)}) t(id)
     where p.id = ${patchId}::uuid and ${wants(kind, actor)}
       and not exists (select from notification n
                        where n.person_id = t.id and n.kind = ${kind} and n.patch_id = p.id and n.read_at is null)`,
  );
}

/** Tells people of a comment. */
export async function notifyOfComment(
  tx: StoreTransaction,
  kind: 'mentioned' | 'comment',
  commentId: string,
  people: readonly string[],
  actor: string,
): Promise<void> {
  if (people.length === 0) return;
  await tell(
    tx,
    Prisma.sql`
    insert into notification (person_id, kind, incident_id, comment_id, actor)
    select distinct t.id, ${kind}::text, r.incident_id, c.id, ${actor}::text
      from comment c join run r on r.id = c.run_id cross join unnest(${people}::text[]) t(id)
     where c.id = ${commentId}::uuid and ${wants(kind, actor)}`,
  );
}

/** Tells admins of a webhook that did not take what it was told. Nobody twice while the first is not read. */
export async function notifyOfWebhook(tx: StoreTransaction, webhookId: string): Promise<void> {
  const kind: NotificationKind = 'not_delivered';
  await tell(
    tx,
    Prisma.sql`
    insert into notification (person_id, kind, webhook_id, actor)
    select t.id, ${kind}::text, ${webhookId}::uuid, 'recount'
      from person t
     where t.role = 'admin' and ${wants(kind, 'recount')}
       and not exists (select from notification n
                        where n.person_id = t.id and n.kind = ${kind} and n.webhook_id = ${webhookId}::uuid
                          and n.read_at is null)`,
  );
}

/** Tells, and drops what is old of those who are told. */
const tell = (tx: StoreTransaction, insert: Prisma.Sql): Promise<number> => tx.$executeRaw`
  with told as (${insert} returning person_id)
  delete from notification where id in (
    select n.id from notification n
     where n.person_id in (select person_id from told)
       and n.created_at < now() - make_interval(days => ${KEPT_DAYS}::int)
       for update of n skip locked)`;
