import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SecretKeys } from '#lib/adapters/secrets/secret-keys';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { sealIn } from '#lib/adapters/store/sealed-values';
import { Failure } from '#lib/base/failure';

/**
 * What is sealed in a webhook's record: its address, whose path may be a secret, the secret that signs, and the one before,
 * as long as it signs too.
 */
const Sealed = z.object({
  url: z.string(),
  secret: z.string(),
  old: z.object({ secret: z.string(), until: z.string() }).nullable().default(null),
});
export type Sealed = z.output<typeof Sealed>;

export const sealWebhook = (tx: StoreTransaction, key: SecretKeys, id: string, sealed: Sealed) =>
  sealIn(tx, key, id, JSON.stringify(Sealed.parse(sealed)));

/** Null where no key opens it. */
export function openWebhook(key: SecretKeys, record: { id: string; secret: Uint8Array }): Sealed | null {
  const text = key.open(record.id, record.secret);
  return text === null ? null : Sealed.parse(JSON.parse(text));
}

/** What signs at this moment, the newest first. */
export const secretsOf = ({ secret, old }: Sealed, now: Date): string[] =>
  old !== null && Date.parse(old.until) > now.getTime() ? [secret, old.secret] : [secret];

/** A secret that signs, 256 bits. */
export const makeSecret = (): string => `whsec_${randomBytes(32).toString('base64url')}`;

/** The record of a webhook, held until the transaction ends. Failure not_found. */
export async function holdWebhook(tx: StoreTransaction, id: string) {
  await tx.$queryRaw`select 1 as held from webhook where id = ${id}::uuid for no key update`;
  const record = await tx.webhook.findUnique({ where: { id } });
  if (record === null) throw new Failure('not_found', 'There is no such webhook.');
  return record;
}
