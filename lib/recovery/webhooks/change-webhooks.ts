import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { checkedUrl } from '#lib/adapters/webhooks/webhook-hosts';
import { PATCH_EVENTS } from '#lib/patch/patch-events';
import { permit } from '#lib/recovery/access/permit';
import { requireProof } from '#lib/recovery/access/require-proof';
import { Label } from '#lib/recovery/people/person-name';
import type { Context } from '#lib/recovery/setup/context';
import { holdWebhook, makeSecret, openWebhook, sealWebhook } from '#lib/recovery/webhooks/webhook-record';

const Events = z
  .array(z.enum(PATCH_EVENTS))
  .min(1, 'choose at least one')
  .transform((chosen) => PATCH_EVENTS.filter((event) => chosen.includes(event)));
const Url = z.string().trim().min(1, 'is missing').max(2000);

export const AddWebhookInput = z.object({ name: Label, url: Url, events: Events });

/**
 * Adds a webhook. Its secret is given once; it is kept sealed, with the address. Failure webhook.refused: the address is
 * none of those that RECOUNT_WEBHOOK_HOSTS allows; access.prove.
 */
export async function addWebhook(
  { store, env, key, actor }: Context,
  { name, url: text, events }: z.output<typeof AddWebhookInput>,
): Promise<{ id: string; secret: string }> {
  permit(actor, 'webhook.change');
  requireProof(actor);
  const url = checkedUrl(text, env.webhookHosts);
  const [id, secret] = [randomUUID(), makeSecret()];
  await changeRecords(store, async (tx) => {
    const sealed = await sealWebhook(tx, key, id, { url: url.href, secret, old: null });
    const host = url.origin;
    await tx.webhook.create({ data: { id, name, host, secret: sealed, events, createdBy: actor.id } });
    const detail = { name, host, events };
    await writeAudit(tx, { actor, action: 'webhook.add', subject: `webhook ${id}`, detail });
  });
  return { id, secret };
}

export const ChangeWebhookInput = z.object({
  id: z.uuid(),
  name: Label.exactOptional(),
  url: Url.exactOptional(),
  events: Events.exactOptional(),
  isPaused: z.boolean().exactOptional(),
});

/**
 * Changes what is named. A new address keeps the secret; where that is lost (the key is another one) there is a new one,
 * given once. Failures: not_found, webhook.refused, access.prove.
 */
export async function changeWebhook(
  { store, env, key, actor }: Context,
  { id, url: text, isPaused, ...rest }: z.output<typeof ChangeWebhookInput>,
): Promise<{ secret: string | null }> {
  permit(actor, 'webhook.change');
  requireProof(actor);
  const url = text === undefined ? null : checkedUrl(text, env.webhookHosts);
  return changeRecords(store, async (tx) => {
    const record = await holdWebhook(tx, id);
    const known = openWebhook(key, record);
    const made = url !== null && known === null ? makeSecret() : null;
    const secret = known?.secret ?? made;
    const old = known?.old ?? null;
    await tx.webhook.update({
      where: { id },
      data: {
        ...rest,
        ...(isPaused === undefined ? {} : { pausedAt: isPaused ? (record.pausedAt ?? new Date()) : null }),
        ...(url === null || secret === null
          ? {}
          : { host: url.origin, secret: await sealWebhook(tx, key, id, { url: url.href, secret, old }) }),
      },
    });
    const detail = {
      ...rest,
      ...(isPaused === undefined ? {} : { isPaused }),
      ...(url === null ? {} : { host: url.origin }),
    };
    await writeAudit(tx, { actor, action: 'webhook.change', subject: `webhook ${id}`, detail });
    return { secret: made };
  });
}

export const WebhookInput = z.object({ id: z.uuid() });
type WebhookInput = z.output<typeof WebhookInput>;

/** Removes a webhook with what it was told, and what it still was to be told. Failures: not_found, access.prove. */
export async function removeWebhook(
  { store, actor }: Context,
  { id }: WebhookInput,
): Promise<Record<string, never>> {
  permit(actor, 'webhook.change');
  requireProof(actor);
  await changeRecords(store, async (tx) => {
    const { name, host } = await holdWebhook(tx, id);
    await tx.webhook.delete({ where: { id } });
    await writeAudit(tx, {
      actor,
      action: 'webhook.remove',
      subject: `webhook ${id}`,
      detail: { name, host },
    });
  });
  return {};
}
