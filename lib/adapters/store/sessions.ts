import { hashToken } from '#lib/adapters/store/auth-records';
import type { Store } from '#lib/adapters/store/client';

/** So many sessions are noted as seen at most once in this time: a page asks every second. */
const NOTE_MS = 60_000;

/** A standing session and its person, or a token and its person. */
export type Standing = {
  readonly id: string;
  readonly person: { readonly id: string; readonly name: string; readonly role: string };
};
export type StandingSession = Standing & { readonly provedAt: Date };
export type StandingToken = Standing & { readonly scope: string };

/** The session of this token: not ended, not idle for longer than `idleMs`, its person not disabled. Notes that it was seen. */
export async function findSession(
  store: Store,
  token: string,
  idleMs: number,
): Promise<StandingSession | null> {
  const now = Date.now();
  const session = await store.session.findUnique({
    where: { token: hashToken(token) },
    include: { person: true },
  });
  if (session === null || session.person.disabledAt !== null) return null;
  const { id, person, provedAt, lastSeenAt, expiresAt } = session;
  if (expiresAt.getTime() <= now || lastSeenAt.getTime() + idleMs <= now) return null;
  if (lastSeenAt.getTime() + NOTE_MS < now)
    await store.session.updateMany({ where: { id }, data: { lastSeenAt: new Date(now) } });
  return { id, person, provedAt };
}

/** The API token of this text: not expired, not revoked, its person not disabled. Notes that it was used. */
export async function findApiToken(store: Store, token: string): Promise<StandingToken | null> {
  const now = Date.now();
  const found = await store.apiToken.findUnique({
    where: { tokenSha256: hashToken(token) },
    include: { person: true },
  });
  if (found === null || found.revokedAt !== null || found.person.disabledAt !== null) return null;
  if (found.expiresAt.getTime() <= now) return null;
  const { id, person, scope, lastUsedAt } = found;
  if (lastUsedAt === null || lastUsedAt.getTime() + NOTE_MS < now)
    await store.apiToken.updateMany({ where: { id }, data: { lastUsedAt: new Date(now) } });
  return { id, person, scope };
}
