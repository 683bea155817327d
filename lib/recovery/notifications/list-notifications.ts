import type { StoreTransaction } from '#lib/adapters/store/client';
import type { Prisma } from '#lib/adapters/store/generated/client';
import {
  NOTIFICATION_KINDS,
  type NotificationKind,
  type Notifications,
  type NotificationView,
} from '#lib/incident/notification';
import { permit } from '#lib/recovery/access/permit';
import { notificationText } from '#lib/recovery/notifications/notification-text';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';

const NEWEST = 50;
const EXCERPT = 140;

const WITH = {
  incident: { select: { number: true, title: true } },
  patch: { select: { id: true, number: true, undoesId: true } },
  webhook: { select: { id: true, name: true } },
  comment: { include: { run: { select: { id: true, number: true } }, parent: { select: { row: true } } } },
} satisfies Prisma.NotificationInclude;
type Found = Prisma.NotificationGetPayload<{ include: typeof WITH }>;

export const isKind = (text: string): text is NotificationKind =>
  NOTIFICATION_KINDS.some((kind) => kind === text);

/** The newest 50 of what the person is told, and how many of all are not read. */
export async function listNotifications({ store, actor }: Context): Promise<Notifications> {
  permit(actor, 'notification.own');
  const [found, unread, names] = [
    await store.notification.findMany({
      where: { personId: actor.id },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: NEWEST,
      include: WITH,
    }),
    await countUnread(store, actor.id),
    await readNames(store),
  ];
  return { unread, newest: found.flatMap((one) => viewOf(one, names)) };
}

export const countUnread = (store: StoreTransaction, personId: string): Promise<number> =>
  store.notification.count({ where: { personId, readAt: null } });

/** Nothing for a kind that this version does not know. */
function viewOf(found: Found, names: (id: string) => string): NotificationView[] {
  const { id, personId, kind, actor, incident, patch, comment, webhook, aboutPerson } = found;
  const { createdAt, readAt } = found;
  if (!isKind(kind)) return [];
  return [
    {
      id,
      kind,
      text: notificationText(kind, {
        who: names(actor),
        patch: patch === null ? '' : `${patch.undoesId === null ? 'patch' : 'undo'} ${patch.number}`,
        preview: comment?.run.number ?? null,
        isAnswer: comment?.parentId != null,
        isDeleted: comment?.deletedAt != null,
        webhook: webhook?.name ?? '',
        person: aboutPerson === personId ? 'you' : names(aboutPerson ?? ''),
      }),
      excerpt: comment?.body == null ? null : excerptOf(comment.body),
      incident: incident === null ? null : { reference: `INC-${incident.number}`, title: incident.title },
      href: hrefOf(kind, found),
      at: isoOf(createdAt),
      isRead: readAt !== null,
    },
  ];
}

function excerptOf(body: string): string {
  const line = [...body.replaceAll(/\s+/g, ' ')];
  return line.length <= EXCERPT ? line.join('') : `${line.slice(0, EXCERPT - 1).join('')}…`;
}

/** What was begun to be written is told on the page of the apply, all else of a patch in its review. */
const ON_APPLY: readonly NotificationKind[] = ['applied', 'failed', 'rolled_back', 'unknown', 'alarm'];

function hrefOf(kind: NotificationKind, { incident: of, patch, comment, webhook }: Found): string {
  if (kind === 'way_in') return '/settings/profile';
  if (kind === 'policies') return '/settings/policies';
  if (kind === 'may_approve') return '/settings/people';
  if (of === null) return `/settings/webhooks?deliveries=${webhook?.id ?? ''}`;
  const incident = `/incidents/INC-${of.number}`;
  if (comment === null) {
    const stage = ON_APPLY.includes(kind) ? 'apply' : 'review';
    return `${incident}/${stage}?patch=${patch?.id ?? ''}`;
  }
  const row = comment.row ?? comment.parent?.row ?? null;
  const key = row === null ? '' : `&key=${row}`;
  return `${incident}/preview?run=${comment.run.id}${key}#thread-${comment.parentId ?? comment.id}`;
}
