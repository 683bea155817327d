import { AsyncLocalStorage } from 'node:async_hooks';
import { type Auth, createAuth, type StartedSession } from '#lib/adapters/auth/auth';
import { writeAudit } from '#lib/adapters/store/audit';
import type { OnPasskey } from '#lib/adapters/store/auth-records';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { Store } from '#lib/adapters/store/client';
import { Bug } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';
import type { Context } from '#lib/recovery/setup/context';
import type { Env } from '#lib/recovery/setup/env';

const made = new WeakMap<Store, Auth>();

/** What people open Recount at. */
export const originOf = (env: Env): string => env.origin ?? `http://127.0.0.1:${env.port}`;

/** Passwords, passkeys and sessions over these records. */
export function authOf(context: Context): Auth {
  const known = made.get(context.store);
  if (known !== undefined) return known;
  const auth = createAuth(context.store, { ...settingsOf(context), oidc: null });
  made.set(context.store, auth);
  return auth;
}

/** Signs the cookies of sessions. */
export const cookieSecret = ({ env, key }: Pick<Context, 'env' | 'key'>): string =>
  env.secret ?? key.derive('recount cookies').toString('base64url');

/** What every way of signing in has in common. */
export const settingsOf = ({ store, env, key }: Context) => ({
  origin: originOf(env),
  port: env.port,
  secret: cookieSecret({ env, key }),
  onSession: (session: StartedSession) => auditSession(store, session),
  onPasskey: auditPasskey,
});

/** Who adds a passkey, while better-auth keeps it. */
const adding = new AsyncLocalStorage<{ readonly actor: Actor; readonly name: string }>();

/** Runs what adds a passkey: its line of the audit is written in the transaction that keeps it. */
export const addingPasskey = <T>(actor: Actor, name: string, work: () => Promise<T>): Promise<T> =>
  adding.run({ actor, name }, work);

const auditPasskey: OnPasskey = async (tx, id) => {
  const by = adding.getStore();
  if (by === undefined) throw new Bug('a passkey is added by nobody');
  const { actor, name } = by;
  await writeAudit(tx, { actor, action: 'passkey.add', subject: `passkey ${id}`, detail: { name } });
};

/** One line for each session, by whatever way it came; without it the cookie is not sent. */
const auditSession = (
  store: Store,
  { id, personId, address, path, askedAt }: StartedSession,
): Promise<void> =>
  changeRecords(store, async (tx) => {
    const how = WAYS.find(([part]) => path.includes(part))?.[1] ?? 'link';
    // who the provider let through without asking has shown nothing since it asked
    const isBefore = askedAt !== null && askedAt.getTime() < Date.now();
    const data = { provedHow: how, ...(isBefore ? { provedAt: askedAt } : {}) };
    await tx.session.updateMany({ where: { id }, data });
    await writeAudit(tx, {
      actor: { id: personId, via: 'session', from: { address, session: id } },
      action: 'session.open',
      subject: `session ${id}`,
      detail: { how },
    });
  });

const WAYS = [
  ['/sign-in/email', 'password'],
  ['/passkey/', 'passkey'],
  ['/callback', 'provider'],
] as const;
