import { PROVIDER } from '#lib/adapters/auth/auth';
import { asRole, type MeView } from '#lib/incident/people';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';
import { providerName } from '#lib/recovery/setup/env-access';

/** Who has signed in, and by what they can. */
export async function readMe({ store, env, actor }: Context): Promise<MeView> {
  permit(actor, 'me.read');
  const person = await store.person.findUniqueOrThrow({
    where: { id: actor.id },
    include: { accounts: true, passkeys: { orderBy: { createdAt: 'asc' } } },
  });
  return {
    id: person.id,
    name: person.name,
    email: person.email,
    role: asRole(person.role),
    via: actor.via,
    provider: person.accounts.some(({ providerId }) => providerId === PROVIDER) ? providerName(env) : null,
    hasPassword: person.accounts.some(({ password }) => password !== null),
    passkeys: person.passkeys.map(({ id, name, createdAt }) => ({
      id,
      name: name ?? 'Passkey',
      createdAt: createdAt?.toISOString() ?? null,
    })),
  };
}
