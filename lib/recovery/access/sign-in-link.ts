import { randomBytes } from 'node:crypto';
import { type AuditActor, writeAudit } from '#lib/adapters/store/audit';
import { hashToken } from '#lib/adapters/store/auth-records';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { Store, StoreTransaction } from '#lib/adapters/store/client';
import { notifyOfWayIn } from '#lib/adapters/store/notify';
import { LOCAL_PERSON } from '#lib/adapters/store/person';
import { Bug, Failure } from '#lib/base/failure';

const LINK_HOURS = 24;
const TOKEN_BYTES = 32;

/** A token that opens something once: its text for the link, its hash for the records. */
export function makeToken(): { readonly token: string; readonly tokenSha256: string } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, tokenSha256: hashToken(token) };
}

/**
 * The address that `npm start` prints: one that signs in once, as long as no admin has a password or a passkey of their
 * own; then the plain one, as null.
 */
export async function firstSignInLink(store: Store, origin: string): Promise<string | null> {
  const own = await store.person.count({
    where: {
      role: 'admin',
      disabledAt: null,
      OR: [{ accounts: { some: {} } }, { passkeys: { some: {} } }],
    },
  });
  return own > 0 ? null : makeSignInLink(store, origin);
}

/**
 * A link that signs an admin in once, within 24 hours: for the first start, and for a lock-out. Whoever can run this has
 * the data folder. Links that were made before no longer work.
 */
export async function makeSignInLink(
  store: Store,
  origin: string,
  actor: AuditActor | string = 'recount',
): Promise<string> {
  const admin = await adminOf(store);
  return (await makeLinkFor(store, origin, admin.id, actor)).url;
}

/** A link that signs this person in once, in place of those made before. Throws `not_found` for who is disabled. */
export async function makeLinkFor(
  store: Store,
  origin: string,
  personId: string,
  actor: AuditActor | string,
): Promise<{ url: string; expiresAt: string }> {
  const { token, tokenSha256 } = makeToken();
  const madeBy = typeof actor === 'string' || actor.via === 'command' ? null : actor.id;
  const expiresAt = new Date(Date.now() + LINK_HOURS * 3_600_000);
  await changeRecords(store, async (tx) => {
    const person = await tx.person.findFirst({ where: { id: personId, disabledAt: null } });
    if (person === null) throw new Failure('not_found', 'There is no such person, or they are disabled.');
    await tx.signInLink.deleteMany({ where: { usedAt: null, personId } });
    const { id } = await tx.signInLink.create({ data: { tokenSha256, personId, expiresAt, madeBy } });
    const subject = `person ${personId}`;
    if (madeBy !== null) await notifyOfWayIn(tx, personId, madeBy);
    await writeAudit(tx, { actor, action: 'sign_in_link.make', subject, detail: { link: id } });
  });
  return { url: `${origin}/welcome#${token}`, expiresAt: expiresAt.toISOString() };
}

/** Who began this installation, else the admin who is longest there. There is always one: access.last_admin. */
async function adminOf(tx: StoreTransaction): Promise<{ readonly id: string }> {
  const admins = await tx.person.findMany({
    where: { role: 'admin', disabledAt: null },
    orderBy: { createdAt: 'asc' },
  });
  const admin = admins.find(({ id }) => id === LOCAL_PERSON) ?? admins[0];
  if (admin === undefined) throw new Bug('there is no admin');
  return admin;
}
