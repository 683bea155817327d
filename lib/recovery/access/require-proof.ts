import { Failure } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';

/** For so long a proof of who one is holds. */
export const PROOF_MINUTES = 10;

/**
 * For what is not done with a browser that someone left open, nor by whoever made a link for someone else. Throws
 * `access.prove`.
 */
export function requireProof(actor: Actor, minutes = PROOF_MINUTES): void {
  if (actor.linkBy !== null)
    throw new Failure('access.prove', 'You came in by a link that somebody else made.', {
      fix: 'Enter your password or use your passkey. If you have neither, set one in your profile first.',
    });
  requireRecent(actor, minutes);
}

/** The same, but a link that somebody else made will do: for the first way in of one's own. Throws `access.prove`. */
export function requireRecent({ provedAt }: Actor, minutes = PROOF_MINUTES): void {
  if (provedAt !== null && provedAt.getTime() + minutes * 60_000 > Date.now()) return;
  const ago = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  throw new Failure('access.prove', `You showed who you are more than ${ago} ago.`);
}
