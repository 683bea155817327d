import { writeAudit } from '#lib/adapters/store/audit';
import { sealIn } from '#lib/adapters/store/sealed-values';
import { permit } from '#lib/recovery/access/permit';
import { describeStore } from '#lib/recovery/live-stores/describe-live-table';
import { type LiveStoreRow, liveStoreRow } from '#lib/recovery/live-stores/list-live-stores';
import { type LiveStoreInput, recordOf } from '#lib/recovery/live-stores/live-input';
import { testPostgres } from '#lib/recovery/live-stores/test-live-store';
import type { Context } from '#lib/recovery/setup/context';

/**
 * Saves a live store, after looking that it can be reached. A password is sealed under the record's id and given out
 * nowhere. Failures: live.unreachable, live.not_found, live.unreadable, archive.outside_roots, plan.field.invalid (a
 * file of another format).
 */
export async function addLiveStore(context: Context, input: LiveStoreInput): Promise<LiveStoreRow> {
  permit(context.actor, 'live_store.change');
  const { store, actor, key } = context;
  const record = await recordOf(context, input);
  if (input.kind === 'postgres') await testPostgres(context, record);
  else await describeStore(context, record, null);
  const { id, kind, name, config } = record;
  await store.$transaction(async (tx) => {
    const secret =
      input.kind === 'postgres' && input.password !== '' ? await sealIn(tx, key, id, input.password) : null;
    await tx.liveStore.create({ data: { id, kind, name, config, secret, createdBy: actor.id } });
    await writeAudit(tx, {
      actor,
      action: 'live_store.add',
      subject: `live store ${id}`,
      detail: { kind, name, config },
    });
  });
  return liveStoreRow(record, key);
}
