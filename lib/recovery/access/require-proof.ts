import { Failure } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';

/** For so long a proof of who one is holds. */
export const PROOF_MINUTES = 10;

/** For what is not done with a browser that someone left open. Throws `access.prove`. */
export function requireProof({ provedAt }: Actor, minutes = PROOF_MINUTES): void {
  if (provedAt !== null && provedAt.getTime() + minutes * 60_000 > Date.now()) return;
  const ago = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  throw new Failure('access.prove', `You showed who you are more than ${ago} ago.`);
}
