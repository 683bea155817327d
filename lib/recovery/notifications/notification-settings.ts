import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { CHOSEN_KINDS, type NotificationSettings } from '#lib/incident/notification';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';

export const NotificationSettingsInput = z.object({ off: z.array(z.enum(CHOSEN_KINDS)).max(100) });

/** The kinds that the person does not want to be told. */
export async function readNotificationSettings({ store, actor }: Context): Promise<NotificationSettings> {
  permit(actor, 'notification.own');
  return settingsOf(store, actor.id);
}

/** Sets them. What was told before stays. */
export async function changeNotificationSettings(
  { store, actor }: Context,
  { off }: z.output<typeof NotificationSettingsInput>,
): Promise<NotificationSettings> {
  permit(actor, 'notification.own');
  const kinds = CHOSEN_KINDS.filter((kind) => off.includes(kind));
  await changeRecords(store, async (tx) => {
    await tx.notificationOff.deleteMany({ where: { personId: actor.id, kind: { notIn: kinds } } });
    await tx.notificationOff.createMany({
      data: kinds.map((kind) => ({ personId: actor.id, kind })),
      skipDuplicates: true,
    });
    await writeAudit(tx, {
      actor,
      action: 'notification.settings',
      subject: `person ${actor.id}`,
      detail: { off: kinds },
    });
  });
  return settingsOf(store, actor.id);
}

async function settingsOf(store: StoreTransaction, personId: string): Promise<NotificationSettings> {
  const rows = await store.notificationOff.findMany({ where: { personId }, select: { kind: true } });
  return { off: CHOSEN_KINDS.filter((kind) => rows.some((row) => row.kind === kind)) };
}
