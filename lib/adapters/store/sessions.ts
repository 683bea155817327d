import { hashToken } from '#lib/adapters/store/auth-records';
import type { Store } from '#lib/adapters/store/client';

/** So many sessions are noted as seen at most once in this time: a page asks every second. */
const NOTE_MS = 60_000;

/** A standing session and its person, or a token and its person. */
export type Standing = {
  readonly id: string;
  readonly person: { readonly id: string; readonly name: string; readonly role: string };
};
export type StandingSession = Standing & { readonly provedAt: Date; readonly linkBy: string | null };
export type StandingToken = Standing & { readonly scope: string };

type Person = Standing['person'] & { readonly disabledAt: Date | null };
type Session = {
  readonly id: string;
  readonly person: Person;
  readonly provedAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
};
type Token = {
  readonly id: string;
  readonly person: Person;
  readonly scope: string;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
};

/** Not ended, not idle for longer than `idleMs`, its person not disabled. */
const isSessionUp = ({ person, lastSeenAt, expiresAt }: Session, idleMs: number): boolean =>
  person.disabledAt === null &&
  expiresAt.getTime() > Date.now() &&
  lastSeenAt.getTime() + idleMs > Date.now();

/** Not expired, not revoked, its person not disabled. */
const isTokenUp = ({ person, expiresAt, revokedAt }: Token): boolean =>
  person.disabledAt === null && revokedAt === null && expiresAt.getTime() > Date.now();

/** The session of this token, if it stands. `isUse`: its person does something, and it is noted as seen. */
export async function findSession(
  store: Store,
  token: string,
  { idleMs, isUse }: { readonly idleMs: number; readonly isUse: boolean },
): Promise<StandingSession | null> {
  const session = await store.session.findUnique({
    where: { token: hashToken(token) },
    include: { person: true },
  });
  if (session === null || !isSessionUp(session, idleMs)) return null;
  const { id, person, provedAt, lastSeenAt } = session;
  const now = Date.now();
  if (isUse && lastSeenAt.getTime() + NOTE_MS < now)
    await store.session.updateMany({ where: { id }, data: { lastSeenAt: new Date(now) } });
  return { id, person, provedAt, linkBy: session.linkBy };
}

/** The API token of this text, if it stands. Notes that it was used. */
export async function findApiToken(store: Store, token: string): Promise<StandingToken | null> {
  const now = Date.now();
  const found = await store.apiToken.findUnique({
    where: { tokenSha256: hashToken(token) },
    include: { person: true },
  });
  if (found === null || !isTokenUp(found)) return null;
  const { id, person, scope, lastUsedAt } = found;
  if (lastUsedAt === null || lastUsedAt.getTime() + NOTE_MS < now)
    await store.apiToken.updateMany({ where: { id }, data: { lastUsedAt: new Date(now) } });
  return { id, person, scope };
}

/** The session or the token of this id, if it still stands. Notes nothing. */
export async function findStanding(
  store: Store,
  { via, id }: { readonly via: 'session' | 'token'; readonly id: string },
  idleMs: number,
): Promise<Standing | null> {
  if (via === 'token') {
    const token = await store.apiToken.findFirst({ where: { id }, include: { person: true } });
    return token !== null && isTokenUp(token) ? token : null;
  }
  const session = await store.session.findUnique({ where: { id }, include: { person: true } });
  return session !== null && isSessionUp(session, idleMs) ? session : null;
}
