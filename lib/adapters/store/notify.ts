import type { StoreTransaction } from '#lib/adapters/store/client';
import { Prisma } from '#lib/adapters/store/generated/client';
import type { NotificationKind } from '#lib/incident/notification';

/** After so long a notification is gone. */
const KEPT_DAYS = 90;

/** What the audit tells of a patch, and people hear of. */
const OF_ACTION: Readonly<Record<string, NotificationKind | readonly NotificationKind[]>> = {
  'patch.reopened': ['approval_wanted', 'reopened'],
  'patch.expired': ['approval_wanted', 'reopened'],
  'patch.propose': 'approval_wanted',
  'patch.propose_undo': 'approval_wanted',
  'patch.withdraw': 'withdrawn',
  'patch.cancel': 'withdrawn',
  'patch.request_changes': 'changes_requested',
  'patch.approve': 'approved',
  'patch.applied': 'applied',
  'patch.found': 'applied',
  'patch.failed': 'failed',
  'patch.rolled_back': 'rolled_back',
  'patch.unknown': 'unknown',
  'patch.stale': 'stale',
  'patch.differs': 'alarm',
  'patch.lost': 'alarm',
};

/** What it settles: nobody who has not read it yet needs to. */
const ENDS: Readonly<Record<string, readonly NotificationKind[]>> = {
  'patch.request_changes': ['approval_wanted', 'approved', 'reopened'],
  'patch.withdraw': ['approval_wanted', 'approved', 'reopened'],
  'patch.cancel': ['approval_wanted', 'approved', 'reopened'],
  'patch.expired': ['approved'],
  'patch.reopened': ['approved'],
  'patch.applied': ['approval_wanted', 'approved', 'reopened', 'failed', 'rolled_back', 'unknown'],
  'patch.found': ['approval_wanted', 'approved', 'reopened', 'withdrawn', 'failed', 'unknown'],
  'patch.failed': ['unknown'],
  'patch.rolled_back': ['unknown'],
  'patch.verified': ['alarm'],
  'patch.alarm_acknowledge': ['alarm'],
  'patch.undo': ['alarm'],
  'patch.undone': ['alarm'],
};
/** Once it has all approvals that it needs, nobody is asked for one; before, only who gave one is not. */
const APPROVE = 'patch.approve';

/** Who may approve it: whoever had a hand in it may not, and whoever did need not. */
const APPROVERS = Prisma.sql`
  select x.id from person x
   where x.role in ('approver', 'admin') and x.id <> p.author
     and not exists (select from patch_author w where w.patch_id = p.id and w.person_id = x.id)
     and not exists (select from approval v
                      where v.patch_id = p.id and v.approver = x.id and v.seal = p.seal and v.voided_at is null)`;
const AUTHOR = Prisma.sql`select p.author`;
/** Whoever made it, approved it or had it applied. */
const CONCERNED = Prisma.sql`
  select p.author union select w.person_id from patch_author w where w.patch_id = p.id
  union select a.approver from approval a where a.patch_id = p.id and a.voided_at is null
  union select l.actor from audit l
         where l.incident_id = p.incident_id and l.action = 'patch.apply' and l.subject = 'patch ' || p.id`;

/** Who made it, voted on it or read that it wants a vote: votes are void by the time it is told. */
const ASKED = Prisma.sql`
  select p.author union select w.person_id from patch_author w where w.patch_id = p.id
  union select a.approver from approval a where a.patch_id = p.id
  union select n.person_id from notification n where n.patch_id = p.id and n.kind = 'approval_wanted' and n.read_at is not null`;

function audience(kind: NotificationKind): Prisma.Sql {
  switch (kind) {
    case 'approval_wanted':
      return APPROVERS;
    case 'approved':
    case 'changes_requested':
      return AUTHOR;
    case 'withdrawn':
      return ASKED;
    case 'reopened':
      return Prisma.sql`(${CONCERNED}) except (${APPROVERS})`;
    default:
      return CONCERNED;
  }
}

/** Person `t` is active, not the one who did it, and wants to hear of it. */
const wants = (kind: NotificationKind, actor: string): Prisma.Sql => Prisma.sql`
  t.id <> ${actor}
  and exists (select from person y where y.id = t.id and y.disabled_at is null)
  and not exists (select from notification_off o where o.person_id = t.id and o.kind = ${kind})`;

/** A line of the audit, as far as it is told. */
type Told = {
  readonly action: string;
  readonly subject: string;
  readonly actor: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

/**
 * Tells whom it concerns of a patch's new state: called for every line of the audit, in its transaction. Nobody is told
 * twice of the same while the first is not read; what it settles goes from those who have not read of it.
 */
export async function notifyOfAction(tx: StoreTransaction, line: Told): Promise<void> {
  const patchId = /^patch ([0-9a-f-]{36})$/.exec(line.subject)?.[1];
  if (patchId === undefined) return;
  const kinds = [OF_ACTION[line.action] ?? []].flat();
  for (const kind of kinds) await tellOfPatch(tx, kind, patchId, line.actor);
  await endSettled(tx, patchId, line);
}

async function tellOfPatch(
  tx: StoreTransaction,
  kind: NotificationKind,
  patchId: string,
  actor: string,
): Promise<void> {
  await tell(
    tx,
    Prisma.sql`
    insert into notification (person_id, kind, incident_id, patch_id, actor)
    select t.id, ${kind}::text, p.incident_id, p.id, ${actor}::text
      from patch p cross join lateral (${audience(kind)}) t(id)
     where p.id = ${patchId}::uuid and ${wants(kind, actor)}
       and not exists (select from notification n
                        where n.person_id = t.id and n.kind = ${kind} and n.patch_id = p.id and n.read_at is null
                          and (n.kind <> 'approved' or n.actor = ${actor}::text))`,
  );
}

async function endSettled(tx: StoreTransaction, patchId: string, line: Told): Promise<void> {
  const { action, actor, detail } = line;
  const isApproved = action === APPROVE && Number(detail.approvals) >= Number(detail.needed);
  const kinds = action === APPROVE ? ['approval_wanted', 'reopened'] : ENDS[action];
  if (kinds === undefined) return;
  await tx.notification.deleteMany({
    where: {
      patchId,
      kind: { in: [...kinds] },
      readAt: null,
      ...(action === APPROVE && !isApproved ? { personId: actor } : {}),
    },
  });
}

/** Tells a person, and the other admins, that somebody made a sign-in link for that person. It cannot be turned off. */
export async function notifyOfWayIn(tx: StoreTransaction, personId: string, actor: string): Promise<void> {
  await tell(
    tx,
    Prisma.sql`
    insert into notification (person_id, kind, about_person, actor)
    select t.id, 'way_in', ${personId}::text, ${actor}::text
      from person t
     where t.disabled_at is null and t.id <> ${actor} and (t.id = ${personId} or t.role = 'admin')`,
  );
}

/** Tells those who approve that somebody else does so from now on, and by whom. It cannot be turned off. */
export const notifyOfApprover = (tx: StoreTransaction, personId: string, actor: string): Promise<number> =>
  tellApprovers(tx, 'may_approve', personId, actor);

/** Tells those who approve that somebody changed what an approval needs. It cannot be turned off. */
export const notifyOfPolicies = (tx: StoreTransaction, actor: string): Promise<number> =>
  tellApprovers(tx, 'policies', actor, actor);

const tellApprovers = (
  tx: StoreTransaction,
  kind: 'may_approve' | 'policies',
  about: string,
  actor: string,
): Promise<number> =>
  tell(
    tx,
    Prisma.sql`
    insert into notification (person_id, kind, about_person, actor)
    select t.id, ${kind}::text, ${about}::text, ${actor}::text
      from person t
     where t.disabled_at is null and t.id not in (${actor}, ${about}) and t.role in ('approver', 'admin')`,
  );

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
