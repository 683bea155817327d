import { createHmac, timingSafeEqual } from 'node:crypto';
import { ADDRESS_HEADER, cookieName } from '#lib/adapters/auth/auth';
import { findApiToken, findSession, type Standing, type StandingSession } from '#lib/adapters/store/sessions';
import { type Actor, NOBODY } from '#lib/recovery/access/actor';
import { cookieSecret, originOf } from '#lib/recovery/access/auth-of';
import { ROLES, scopeHolds } from '#lib/recovery/access/policy';
import type { Context } from '#lib/recovery/setup/context';

/** Who did nothing for so long is signed out. */
export const IDLE_MS = 30 * 60_000;
/** The page sends it with what it asks for while nobody does anything in it: components/query/page-use.ts. */
const BY_ITSELF_HEADER = 'x-recount-by-itself';

type HeadersLike = { get(name: string): string | null };

/**
 * Whether a request counts as somebody using Recount. What the page asks for by itself does not, nor a stream of events,
 * nor what a browser or the page fetches before it is wanted. The word of the page can only keep a session from being
 * prolonged.
 */
export function isUse(headers: HeadersLike): boolean {
  if (headers.get(BY_ITSELF_HEADER) !== null || headers.get('next-router-prefetch') !== null) return false;
  if (/\btext\/event-stream\b/i.test(headers.get('accept') ?? '')) return false;
  return !/prefetch|prerender/i.test(headers.get('sec-purpose') ?? headers.get('purpose') ?? '');
}

/**
 * Who sends a request with these headers: the person of its cookie or of its token, else nobody. A context that has an
 * actor of its own keeps it; the web process's has none. `counts`: whether the session is noted as used by it.
 */
export async function resolveActor(
  context: Context,
  headers: HeadersLike,
  counts = isUse(headers),
): Promise<Actor> {
  if (context.actor.role !== 'nobody') return context.actor;
  const address = headers.get(ADDRESS_HEADER);
  const nobody = { ...NOBODY, from: { address, session: null } };
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const [, text] = /^Bearer (rct_[\w-]{43})$/i.exec(authorization) ?? [];
    const token = text === undefined ? null : await findApiToken(context.store, text);
    if (token === null) return nobody;
    return { ...actorOf(token, address), via: 'token', scope: scopeHolds(token.scope), ...NO_PROOF };
  }
  const text = sessionToken(context, headers);
  const session =
    text === null ? null : await findSession(context.store, text, { idleMs: IDLE_MS, isUse: counts });
  if (session === null) return nobody;
  return { ...actorOf(session, address), via: 'session', scope: null, ...proofOf(session) };
}

const actorOf = (standing: Standing, address: string | null) => ({
  id: standing.person.id,
  name: standing.person.name,
  role: roleOf(standing),
  from: { address, session: standing.id },
});

/** What the person may do; a word that is no role is none. */
export const roleOf = ({ person }: Standing): Actor['role'] =>
  ROLES.find((role) => role === person.role) ?? 'nobody';

const NO_PROOF = { provedAt: null, linkBy: null };
const proofOf = ({ provedAt, linkBy }: StandingSession) => ({ provedAt, linkBy });

/**
 * What the session's cookie holds before its signature; null where that is of another key: with a new key everybody signs in
 * again, and better-auth would refuse such a cookie too.
 */
export function sessionToken(context: Context, headers: HeadersLike): string | null {
  const { env } = context;
  const name = cookieName({ origin: originOf(env), port: env.port });
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const [key = '', value = ''] = part.trim().split('=', 2);
    if (key !== name) continue;
    const [, token = '', signature = ''] = COOKIE.exec(value) ?? [];
    if (token !== '' && isSigned(cookieSecret(context), token, signature)) return token;
  }
  return null;
}

const COOKIE = /^([A-Za-z0-9_-]{16,128})\.((?:[A-Za-z0-9]|%2B|%2F|%3D){40,150})$/;

/** As better-call signs cookies: HMAC-SHA-256 in base64, percent-encoded. */
function isSigned(secret: string, token: string, signature: string): boolean {
  const right = createHmac('sha256', secret).update(token).digest();
  const given = Buffer.from(decodeURIComponent(signature), 'base64');
  return given.length === right.length && timingSafeEqual(given, right);
}
