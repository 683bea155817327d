import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { sealIn } from '#lib/adapters/store/sealed-values';
import { permit } from '#lib/recovery/access/permit';
import { describeStore } from '#lib/recovery/live-stores/describe-live-table';
import { type LiveStoreRow, liveStoreRow } from '#lib/recovery/live-stores/list-live-stores';
import { type LiveStoreInput, type NewLiveRecord, recordOf } from '#lib/recovery/live-stores/live-input';
import { fileIdentity } from '#lib/recovery/live-stores/store-identity';
import { testPostgres } from '#lib/recovery/live-stores/test-live-store';
import type { Context } from '#lib/recovery/setup/context';
import { LiveConfig } from '#lib/recovery/setup/live-address';

/** One place is recorded once, also where two people do it at once. */
const ADD_LOCK = 7_203_114;

/**
 * Saves a live store, after looking that it can be reached. A password is sealed under the record's id and given out
 * nowhere. What is recorded already (the same file; the same address and account) stays that record, with the password that
 * was just seen to work. Failures: live.unreachable, live.not_found, live.unreadable, archive.outside_roots,
 * plan.field.invalid (a file of another format).
 */
export async function addLiveStore(context: Context, input: LiveStoreInput): Promise<LiveStoreRow> {
  permit(context.actor, 'live_store.change');
  const { store, key, actor } = context;
  const record = await recordOf(context, input);
  const identity = await reach(context, record);
  const password = input.kind === 'postgres' ? input.password : '';
  return store.$transaction(async (tx) => {
    await tx.$queryRaw`select 1 as held from (select pg_advisory_xact_lock(${ADD_LOCK}::bigint)) l`;
    const known = await findSame(tx, record, identity);
    const { id, kind, name, config } = known ?? record;
    const secret = password === '' ? {} : { secret: await sealIn(tx, key, id, password) };
    const subject = `live store ${id}`;
    if (known === null) {
      const made = { id, kind, name, config: record.config, identity, ...secret, createdBy: actor.id };
      await tx.liveStore.create({ data: made });
      await writeAudit(tx, {
        actor,
        action: 'live_store.add',
        subject,
        detail: { kind, name, config: record.config },
      });
    } else if (password !== '') {
      await tx.liveStore.update({ where: { id }, data: secret });
      await writeAudit(tx, { actor, action: 'live_store.password', subject });
    }
    return liveStoreRow({ id, kind, name, config, secret: null, ...known, ...secret }, key);
  });
}

/** What the live store is, once it was reached. */
async function reach(context: Context, record: NewLiveRecord): Promise<string | null> {
  if (record.kind === 'postgres') return (await testPostgres(context, record)).identity;
  await describeStore(context, record, null);
  return fileIdentity(context.env, record.config);
}

/** The record of the same file, by whatever path, or of the same address and account. */
async function findSame(tx: StoreTransaction, { kind, config }: NewLiveRecord, identity: string | null) {
  const rows = await tx.liveStore.findMany({ where: { kind }, orderBy: { createdAt: 'asc' } });
  const isSame = (row: (typeof rows)[number]): boolean =>
    placeOf(row.config) === placeOf(config) ||
    (kind === 'file' && identity !== null && row.identity === identity);
  return rows.find(isSame) ?? null;
}

/** Where it is, as one text. */
function placeOf(config: unknown): string {
  const at = LiveConfig.parse(config);
  if ('sample' in at) return JSON.stringify(['sample', at.sample]);
  if ('host' in at) return JSON.stringify([at.host.toLowerCase(), at.port, at.database, at.user, at.ssl]);
  return JSON.stringify('root' in at ? ['root', at.root, at.path] : ['upload', at.archiveId, at.path]);
}
