import { createHash } from 'node:crypto';
import type { BetterAuthOptions } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import type { DBAdapter, DBTransactionAdapter, Where } from 'better-auth/types';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { Store, StoreTransaction } from '#lib/adapters/store/client';

/** What of a secret is stored: SHA-256, in base64url. The secrets are random, so that no salt or slow hash is needed. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

/**
 * The records as better-auth reads and writes them. The token of a session is hashed on its way in, so that whoever
 * reads the table can sign in as nobody; what an OpenID provider hands out is not kept.
 */
export const authRecords =
  (store: Store, onPasskey: OnPasskey) =>
  (options: BetterAuthOptions): DBAdapter => {
    const inner = prismaAdapter(store, { provider: 'postgresql' })(options);
    const kept = guarded(inner);
    return {
      ...inner,
      ...kept,
      create: (query) =>
        query.model === 'passkey' ? createPasskey(store, options, onPasskey, query) : kept.create(query),
      transaction: (work) => inner.transaction((tx) => work({ ...tx, ...guarded(tx) })),
    };
  };

/** Called in the transaction that keeps a new passkey. */
export type OnPasskey = (tx: StoreTransaction, id: string) => Promise<void>;

type Create = DBAdapter['create'];

function createPasskey<T extends Record<string, unknown>, R = T>(
  store: Store,
  options: BetterAuthOptions,
  onPasskey: OnPasskey,
  query: Parameters<Create>[0] & { data: Omit<T, 'id'> },
): Promise<R> {
  return changeRecords(store, async (tx) => {
    const made = await prismaAdapter(tx, { provider: 'postgresql' })(options).create<T, R & { id: string }>(
      query,
    );
    await onPasskey(tx, made.id);
    return made;
  });
}

type Methods = Pick<
  DBTransactionAdapter,
  | 'create'
  | 'findOne'
  | 'findMany'
  | 'count'
  | 'update'
  | 'updateMany'
  | 'delete'
  | 'deleteMany'
  | 'consumeOne'
  | 'incrementOne'
>;

function guarded(to: Methods): Methods {
  const hashed = <Q extends { model: string; where?: Where[] | undefined }>(query: Q): Q =>
    query.where === undefined ? query : { ...query, where: hashWhere(query.model, query.where) };
  return {
    create: async <T extends Record<string, unknown>, R = T>(
      query: Parameters<typeof to.create<T, R>>[0],
    ) => {
      const row = await to.create<T, R>({ ...query, data: stored(query.model, query.data) });
      return asGiven(query.model, row, 'token' in query.data ? query.data.token : undefined);
    },
    findOne: async (query) =>
      asGiven(query.model, await to.findOne(hashed(query)), tokenOf(query.model, query.where)),
    findMany: (query) => to.findMany(hashed(query)),
    count: (query) => to.count(hashed(query)),
    update: async <T>(query: Parameters<typeof to.update<T>>[0]) => {
      const row = await to.update<T>({ ...hashed(query), update: stored(query.model, query.update) });
      return asGiven(query.model, row, tokenOf(query.model, query.where));
    },
    updateMany: (query) => to.updateMany({ ...hashed(query), update: stored(query.model, query.update) }),
    delete: (query) => to.delete(hashed(query)),
    deleteMany: (query) => to.deleteMany(hashed(query)),
    consumeOne: (query) => to.consumeOne(hashed(query)),
    incrementOne: (query) => to.incrementOne(hashed(query)),
  };
}

const NOT_KEPT = ['accessToken', 'refreshToken', 'idToken'];

function stored<D extends object>(model: string, data: D): D {
  if (model === 'session' && 'token' in data && typeof data.token === 'string')
    return { ...data, token: hashToken(data.token) };
  if (model !== 'account') return data;
  const given = NOT_KEPT.filter((name) => name in data);
  return { ...data, ...Object.fromEntries(given.map((name) => [name, null])) };
}

function hashWhere(model: string, where: Where[]): Where[] {
  if (model !== 'session') return where;
  return where.map((one) => {
    if (one.field !== 'token') return one;
    if (typeof one.value === 'string') return { ...one, value: hashToken(one.value) };
    return Array.isArray(one.value)
      ? { ...one, value: one.value.map((token) => hashToken(String(token))) }
      : one;
  });
}

const tokenOf = (model: string, where: readonly Where[]): unknown =>
  model === 'session' ? where.find(({ field }) => field === 'token')?.value : undefined;

/** The row with the token that the caller knows already: it goes into the cookie. */
function asGiven<R>(model: string, row: R, token: unknown): R {
  return model === 'session' && typeof token === 'string' && row !== null && typeof row === 'object'
    ? { ...row, token }
    : row;
}
