import { z } from 'zod';
import { originOf } from '#lib/recovery/access/auth-of';
import { permit } from '#lib/recovery/access/permit';
import { makeLinkFor } from '#lib/recovery/access/sign-in-link';
import type { Context } from '#lib/recovery/setup/context';

export const WayInInput = z.object({ id: z.string().max(100) });

/** For someone who is locked out: a link that signs them in once, within 24 hours. Throws `not_found`. */
export async function makeWayIn(
  { store, actor, env }: Context,
  { id }: z.output<typeof WayInInput>,
): Promise<{ url: string; expiresAt: string }> {
  permit(actor, 'people.change');
  return makeLinkFor(store, originOf(env), id, actor);
}
