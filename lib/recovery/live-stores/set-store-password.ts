import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { sealIn } from '#lib/adapters/store/sealed-values';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { type LiveStoreRow, liveStoreRow } from '#lib/recovery/live-stores/list-live-stores';
import { Password } from '#lib/recovery/live-stores/live-input';
import { testPostgres } from '#lib/recovery/live-stores/test-live-store';
import type { Context } from '#lib/recovery/setup/context';
import { LiveConfig } from '#lib/recovery/setup/live-address';

export const StorePassword = z.object({ id: z.uuid(), password: Password.min(1, 'is missing') });

/**
 * Gives a PostgreSQL live store another password: it was changed there, or the key that sealed it is lost. It is kept only
 * if the store takes it. Failures: not_found, request.invalid (a store without a password), live.unreachable.
 */
export async function setStorePassword(
  context: Context,
  { id, password }: z.output<typeof StorePassword>,
): Promise<LiveStoreRow> {
  permit(context.actor, 'live_store.change');
  const { store, key, actor } = context;
  const record = await store.liveStore.findUnique({ where: { id } });
  if (record === null) throw new Failure('not_found', `There is no live store ${id}.`);
  if (!('host' in LiveConfig.parse(record.config)))
    throw new Failure('request.invalid', 'This live store has no password.');
  await testPostgres(context, { ...record, secret: key.seal(id, password) });
  const changed = await store.$transaction(async (tx) => {
    const secret = await sealIn(tx, key, id, password);
    await writeAudit(tx, { actor, action: 'live_store.password', subject: `live store ${id}` });
    return tx.liveStore.update({ where: { id }, data: { secret } });
  });
  return liveStoreRow(changed, key);
}
