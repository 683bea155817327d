import { z } from 'zod';
import { permit } from '#lib/recovery/access/permit';
import { countUnread } from '#lib/recovery/notifications/list-notifications';
import type { Context } from '#lib/recovery/setup/context';

/** `ids`: those that were opened; left out: all up to now. */
export const ReadNotificationsInput = z.object({ ids: z.array(z.uuid()).min(1).max(100).optional() });

/** Marks what the person was told as read: nobody else's. Answers how many are left. */
export async function readNotifications(
  { store, actor }: Context,
  { ids }: z.output<typeof ReadNotificationsInput>,
): Promise<{ unread: number }> {
  permit(actor, 'notification.own');
  await store.notification.updateMany({
    where: { personId: actor.id, readAt: null, ...(ids === undefined ? {} : { id: { in: ids } }) },
    data: { readAt: new Date() },
  });
  return { unread: await countUnread(store, actor.id) };
}
