import type { SecretKeys } from '#lib/adapters/secrets/secret-keys';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';
import { LiveConfig, type LiveRecord } from '#lib/recovery/setup/live-address';

/** A saved live store. Its password is in no answer. */
export type LiveStoreRow = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'postgres' | 'file';
  /** `db.example.org:5432/ledger as recount_app`, or a path. */
  readonly location: string;
  /** `lost`: no key opens it any more, and it must be entered again. */
  readonly password: 'none' | 'kept' | 'lost';
};

export const liveStoreRow = (
  record: LiveRecord & { readonly name: string },
  keys: SecretKeys,
): LiveStoreRow => ({
  id: record.id,
  name: record.name,
  kind: record.kind === 'file' ? 'file' : 'postgres',
  location: words(LiveConfig.parse(record.config)),
  password: passwordOf(record, keys),
});

function passwordOf({ id, secret }: LiveRecord, keys: SecretKeys): LiveStoreRow['password'] {
  if (secret === null) return 'none';
  return keys.open(id, secret) === null ? 'lost' : 'kept';
}

function words(config: LiveConfig): string {
  if ('sample' in config) return "the sample's own database";
  if ('host' in config) return `${config.host}:${config.port}/${config.database} as ${config.user}`;
  return 'root' in config ? `${config.root}/${config.path}` : `${config.path} (uploaded)`;
}

/** The saved live stores, the newest first. */
export async function listLiveStores({
  store,
  actor,
  key,
}: Context): Promise<{ liveStores: LiveStoreRow[] }> {
  permit(actor, 'live_store.list');
  const records = await store.liveStore.findMany({ orderBy: { createdAt: 'desc' }, take: 500 });
  return { liveStores: records.map((record) => liveStoreRow(record, key)) };
}
