import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { sendAgain } from '#lib/adapters/store/webhook-outbox';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';
import { holdWebhook } from '#lib/recovery/webhooks/webhook-record';

async function refusePaused(tx: StoreTransaction, id: string): Promise<void> {
  if ((await holdWebhook(tx, id)).pausedAt === null) return;
  throw new Failure('conflict', 'This webhook is paused; nothing is sent to it.', {
    fix: 'Resume it first.',
  });
}

export const TestWebhookInput = z.object({ id: z.uuid() });

/** Has a message sent that tells of nothing, to see that it arrives. Failures: not_found, conflict (paused). */
export async function testWebhook(
  { store, actor }: Context,
  { id }: z.output<typeof TestWebhookInput>,
): Promise<Record<string, never>> {
  permit(actor, 'webhook.change');
  await changeRecords(store, async (tx) => {
    await refusePaused(tx, id);
    await tx.webhookDelivery.create({ data: { webhookId: id, event: 'test', actor: actor.id } });
    await writeAudit(tx, { actor, action: 'webhook.test', subject: `webhook ${id}` });
  });
  return {};
}

export const ResendInput = z.object({ id: z.uuid(), deliveryId: z.uuid() });

/** Sends a delivery again, the same as it was, under the same key. Failures: not_found, conflict (paused). */
export async function resendDelivery(
  { store, actor }: Context,
  { id, deliveryId }: z.output<typeof ResendInput>,
): Promise<Record<string, never>> {
  permit(actor, 'webhook.change');
  await changeRecords(store, async (tx) => {
    await refusePaused(tx, id);
    if (!(await sendAgain(tx, id, deliveryId)))
      throw new Failure('not_found', 'This webhook has no such delivery.');
    const detail = { delivery: deliveryId };
    await writeAudit(tx, { actor, action: 'webhook.resend', subject: `webhook ${id}`, detail });
  });
  return {};
}
