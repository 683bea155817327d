import { z } from 'zod';
import { Failure } from '#lib/base/failure';
import { originOf } from '#lib/recovery/access/auth-of';
import { permit } from '#lib/recovery/access/permit';
import { requireProof } from '#lib/recovery/access/require-proof';
import { makeLinkFor } from '#lib/recovery/access/sign-in-link';
import type { Context } from '#lib/recovery/setup/context';

export const WayInInput = z.object({ id: z.string().max(100) });

/**
 * For someone else who is locked out: a link that signs them in once, within 24 hours. It is no proof of who they are.
 * Throws `not_found`, `access.prove`, `conflict` (a link for oneself).
 */
export async function makeWayIn(
  { store, actor, env }: Context,
  { id }: z.output<typeof WayInInput>,
): Promise<{ url: string; expiresAt: string }> {
  permit(actor, 'people.change');
  requireProof(actor);
  if (id === actor.id)
    throw new Failure('conflict', 'Nobody makes a sign-in link for themselves.', {
      fix: 'Set a password or add a passkey in your profile.',
    });
  return makeLinkFor(store, originOf(env), id, actor);
}
