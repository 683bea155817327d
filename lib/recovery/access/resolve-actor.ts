import { ADDRESS_HEADER, cookieName } from '#lib/adapters/auth/auth';
import { findApiToken, findSession, type Standing } from '#lib/adapters/store/sessions';
import { type Actor, NOBODY } from '#lib/recovery/access/actor';
import { originOf } from '#lib/recovery/access/auth-of';
import { ROLES, scopeHolds } from '#lib/recovery/access/policy';
import type { Context } from '#lib/recovery/setup/context';

/** Who did nothing for so long is signed out. */
export const IDLE_MS = 30 * 60_000;

type HeadersLike = { get(name: string): string | null };

/**
 * Who sends a request with these headers: the person of its cookie or of its token, else nobody. A context that has an
 * actor of its own keeps it; the web process's has none.
 */
export async function resolveActor(context: Context, headers: HeadersLike): Promise<Actor> {
  if (context.actor.role !== 'nobody') return context.actor;
  const address = headers.get(ADDRESS_HEADER);
  const nobody = { ...NOBODY, from: { address, session: null } };
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const [, text] = /^Bearer (rct_[\w-]{43})$/i.exec(authorization) ?? [];
    const token = text === undefined ? null : await findApiToken(context.store, text);
    if (token === null) return nobody;
    return { ...actorOf(token, address), via: 'token', scope: scopeHolds(token.scope), provedAt: null };
  }
  const text = sessionToken(context, headers);
  const session = text === null ? null : await findSession(context.store, text, IDLE_MS);
  if (session === null) return nobody;
  return { ...actorOf(session, address), via: 'session', scope: null, provedAt: session.provedAt };
}

const actorOf = ({ id, person }: Standing, address: string | null) => ({
  id: person.id,
  name: person.name,
  role: ROLES.find((role) => role === person.role) ?? ('nobody' as const),
  from: { address, session: id },
});

/** What the session's cookie holds before its signature. The token is 32 random characters and needs no other proof. */
export function sessionToken({ env }: Context, headers: HeadersLike): string | null {
  const name = cookieName({ origin: originOf(env), port: env.port });
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const [key = '', value = ''] = part.trim().split('=', 2);
    const token = key === name ? /^[A-Za-z0-9_-]{16,128}/.exec(value)?.[0] : undefined;
    if (token !== undefined) return token;
  }
  return null;
}
