import pg from 'pg';
import type { SecretKeys } from '#lib/adapters/secrets/secret-keys';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { recordsConnection } from '#lib/adapters/store/records-connection';

// Where records hold sealed values, and how the key is kept while one is written. A rotation holds the lock alone from
// before it seals the first value anew until the new key is the one that everybody reads.

const LOCK = "hashtextextended('recount.secret_key', 0)";

/** Seals a value that this transaction writes: no rotation begins or ends before its end. */
export async function sealIn(
  tx: StoreTransaction,
  keys: SecretKeys,
  id: string,
  secret: string,
): Promise<Uint8Array<ArrayBuffer>> {
  await tx.$executeRawUnsafe(`select pg_advisory_xact_lock_shared(${LOCK})`);
  return keys.seal(id, secret);
}

/** Keeps everybody from sealing while `work` runs; a session of its own, so that a killed process lets go.
 * `requireHeld` throws where that session was lost meanwhile. */
export async function withKeyHeld<T>(
  databaseUrl: string,
  work: (requireHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(recordsConnection(databaseUrl, 'recount key'));
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(`select pg_advisory_lock(${LOCK})`);
    return await work(async () => void (await client.query('select 1')));
  } finally {
    await client.end().catch(() => {});
  }
}

/** A sealed value of a record. */
export type SealedValue = {
  /** What it belongs to, in words: `live store`. */
  readonly what: string;
  readonly id: string;
  readonly name: string;
  readonly sealed: Uint8Array;
};

type Place = {
  /** The table that it is a column `secret` of. */
  readonly table: string;
  readonly read: (tx: StoreTransaction) => Promise<SealedValue[]>;
  readonly write: (tx: StoreTransaction, id: string, secret: Uint8Array<ArrayBuffer>) => Promise<unknown>;
  /** Made anew by itself where it is lost: nobody is asked to enter it again. */
  readonly isRenewed?: true;
};

/** Every place of the records that holds sealed values. */
export const SEALED: readonly Place[] = [
  {
    table: 'live_store',
    read: async (tx) => {
      const select = { id: true, name: true, secret: true } as const;
      const rows = await tx.liveStore.findMany({ where: { secret: { not: null } }, select });
      return rows.flatMap(({ id, name, secret }) =>
        secret === null ? [] : [{ what: 'live store', id, name, sealed: secret }],
      );
    },
    write: (tx, id, secret) => tx.liveStore.update({ where: { id }, data: { secret } }),
  },
  {
    table: 'webhook',
    read: async (tx) => {
      const rows = await tx.webhook.findMany({ select: { id: true, name: true, secret: true } });
      return rows.map(({ id, name, secret }) => ({ what: 'webhook', id, name, sealed: secret }));
    },
    write: (tx, id, secret) => tx.webhook.update({ where: { id }, data: { secret } }),
  },
  {
    table: 'audit_key',
    read: async (tx) => {
      const row = await tx.auditKey.findFirst();
      const what = 'signing key of the audit';
      return row === null ? [] : [{ what, id: row.id, name: row.id.slice(0, 16), sealed: row.secret }];
    },
    write: (tx, id, secret) => tx.auditKey.updateMany({ where: { id }, data: { secret } }),
    isRenewed: true,
  },
];

/** The sealed values that no key opens: they must be entered again. */
export async function lostValues(tx: StoreTransaction, keys: SecretKeys): Promise<SealedValue[]> {
  const entered = SEALED.filter(({ isRenewed }) => isRenewed !== true);
  const all = await Promise.all(entered.map((place) => place.read(tx)));
  return all.flat().filter(({ id, sealed }) => keys.open(id, sealed) === null);
}
