import { Failure } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';

/** For so long a proof of who one is holds. */
export const PROOF_MINUTES = 10;

/** For what is not done with a browser that someone left open. Throws `access.prove`. */
export function requireProof({ provedAt }: Actor): void {
  if (provedAt !== null && provedAt.getTime() + PROOF_MINUTES * 60_000 > Date.now()) return;
  throw new Failure('access.prove', `You showed who you are more than ${PROOF_MINUTES} minutes ago.`);
}
