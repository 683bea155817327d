import { asRole, type InvitationView, type NameView, type PersonView } from '#lib/incident/people';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';
import { isoOrNull } from '#lib/recovery/setup/iso';

/** Everybody who may sign in, by name: for mentions, and for who approves. */
export async function listNames({ store, actor }: Context): Promise<{ people: readonly NameView[] }> {
  permit(actor, 'people.list');
  const people = await store.person.findMany({
    where: { disabledAt: null },
    orderBy: { name: 'asc' },
    select: { id: true, name: true, role: true },
  });
  return { people: people.map((person) => ({ ...person, role: asRole(person.role) })) };
}

/** Everybody, those who are disabled too, and the invitations that nobody has accepted yet. */
export async function listPeople({ store, actor }: Context): Promise<{
  readonly people: readonly PersonView[];
  readonly invitations: readonly InvitationView[];
}> {
  permit(actor, 'people.read');
  const found = await store.person.findMany({
    orderBy: { name: 'asc' },
    include: {
      accounts: { select: { providerId: true } },
      passkeys: { select: { id: true } },
      sessions: { select: { lastSeenAt: true }, orderBy: { lastSeenAt: 'desc' }, take: 1 },
    },
  });
  const people = found.map(
    ({ id, name, role, email, disabledAt, erasedAt, accounts, passkeys, sessions }) => ({
      id,
      name,
      role: asRole(role),
      email,
      disabledAt: isoOrNull(disabledAt),
      erasedAt: isoOrNull(erasedAt),
      lastSeenAt: isoOrNull(sessions[0]?.lastSeenAt ?? null),
      ways: [
        ...(accounts.some(({ providerId }) => providerId === 'credential') ? ['password'] : []),
        ...(accounts.some(({ providerId }) => providerId !== 'credential') ? ['provider'] : []),
        ...(passkeys.length > 0 ? ['passkey'] : []),
      ],
    }),
  );
  const open = await store.invitation.findMany({
    where: { acceptedAt: null, revokedAt: null },
    orderBy: { createdAt: 'desc' },
  });
  const names = new Map(people.map(({ id, name }) => [id, name]));
  const invitations = open.map(({ id, email, name, role, createdBy, expiresAt }) => ({
    id,
    email,
    name,
    role: asRole(role),
    createdBy: names.get(createdBy) ?? createdBy,
    expiresAt: expiresAt.toISOString(),
    isExpired: expiresAt.getTime() <= Date.now(),
  }));
  return { people, invitations };
}
