import { LOCAL_PERSON } from '#lib/adapters/store/person';
import type { Actor } from '#lib/recovery/access/actor';
import type { Context } from '#lib/recovery/setup/context';

/** Who sends a request with these headers. */
export async function resolveActor({ store }: Context, _headers: Headers): Promise<Actor> {
  const person = await store.person.findUnique({ where: { id: LOCAL_PERSON } });
  return {
    id: LOCAL_PERSON,
    name: person?.name ?? LOCAL_PERSON,
    role: 'admin',
    via: 'session',
    scope: null,
    provedAt: new Date(),
    from: { address: null, session: null },
  };
}
