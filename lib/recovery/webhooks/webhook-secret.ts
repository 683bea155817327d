import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import { OLD_SECRET_HOURS, OLD_SECRET_MOST_HOURS } from '#lib/patch/webhook-view';
import { permit } from '#lib/recovery/access/permit';
import { requireProof } from '#lib/recovery/access/require-proof';
import type { Context } from '#lib/recovery/setup/context';
import {
  holdWebhook,
  makeSecret,
  openWebhook,
  type Sealed,
  sealWebhook,
} from '#lib/recovery/webhooks/webhook-record';

/** `hours`: so long the secret before signs too; 0: it ends at once. */
export const RenewSecretInput = z.object({
  id: z.uuid(),
  hours: z.number().int().min(0).max(OLD_SECRET_MOST_HOURS).default(OLD_SECRET_HOURS),
});

/**
 * Gives a webhook another secret; it is given once. For some hours the one before signs beside it, so that the receiver
 * can change over; one that was before that ends now. Failures: not_found, secret.lost, access.prove.
 */
export async function renewSecret(
  { store, key, actor }: Context,
  { id, hours }: z.output<typeof RenewSecretInput>,
): Promise<{ secret: string; oldUntil: string | null }> {
  permit(actor, 'webhook.change');
  requireProof(actor);
  const secret = makeSecret();
  const oldUntil = hours === 0 ? null : new Date(Date.now() + hours * 3_600_000).toISOString();
  await changeRecords(store, async (tx) => {
    const known = opened(key, await holdWebhook(tx, id));
    const old = oldUntil === null ? null : { secret: known.secret, until: oldUntil };
    const sealed = await sealWebhook(tx, key, id, { url: known.url, secret, old });
    await tx.webhook.update({ where: { id }, data: { secret: sealed } });
    const detail = { hours };
    await writeAudit(tx, { actor, action: 'webhook.renew_secret', subject: `webhook ${id}`, detail });
  });
  return { secret, oldUntil };
}

export const EndOldSecretInput = z.object({ id: z.uuid() });

/**
 * Ends the secret that was before, which signs no more. Where there is none it changes nothing. Failures: not_found,
 * secret.lost, access.prove.
 */
export async function endOldSecret(
  { store, key, actor }: Context,
  { id }: z.output<typeof EndOldSecretInput>,
): Promise<Record<string, never>> {
  permit(actor, 'webhook.change');
  requireProof(actor);
  await changeRecords(store, async (tx) => {
    const known = opened(key, await holdWebhook(tx, id));
    if (known.old === null) return;
    const sealed = await sealWebhook(tx, key, id, { ...known, old: null });
    await tx.webhook.update({ where: { id }, data: { secret: sealed } });
    await writeAudit(tx, { actor, action: 'webhook.end_secret', subject: `webhook ${id}` });
  });
  return {};
}

/** Erases the secrets that ended by themselves. Answers how many. */
export async function eraseOldSecrets({ store, key }: Pick<Context, 'store' | 'key'>): Promise<number> {
  const now = new Date();
  const ended = ({ old }: Sealed): boolean => old !== null && Date.parse(old.until) <= now.getTime();
  const records = await store.webhook.findMany({ select: { id: true, secret: true } });
  let erased = 0;
  for (const record of records) {
    const seen = openWebhook(key, record);
    if (seen === null || !ended(seen)) continue;
    await changeRecords(store, async (tx) => {
      const known = openWebhook(key, await holdWebhook(tx, record.id));
      if (known === null || !ended(known)) return;
      const sealed = await sealWebhook(tx, key, record.id, { ...known, old: null });
      await tx.webhook.update({ where: { id: record.id }, data: { secret: sealed } });
      erased++;
    });
  }
  return erased;
}

function opened(key: Context['key'], record: { id: string; secret: Uint8Array }): Sealed {
  const known = openWebhook(key, record);
  if (known !== null) return known;
  throw new Failure('secret.lost', 'The address of this webhook cannot be opened: the key is another one.', {
    fix: 'Enter its address again; that gives it a new secret.',
  });
}
