import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';
import { requireProof } from '#lib/recovery/access/require-proof';
import type { Context } from '#lib/recovery/setup/context';

/** Where each time needs a proof of its own, it is given right before. */
const AT_ONCE_MINUTES = 1;

/**
 * Before an approval, an override and an apply: a person must have shown lately who they are. A token is its own proof. Throws
 * `access.prove`.
 */
export async function requireStepUp({ store, actor }: Pick<Context, 'store' | 'actor'>): Promise<void> {
  if (actor.via !== 'session') return;
  const { proofMinutes } = await store.policy.findFirstOrThrow();
  requireProof(actor, proofMinutes === 0 ? AT_ONCE_MINUTES : proofMinutes);
}

/**
 * Where each time needs a proof of its own, this one is used up, in the transaction of what it was given for. Throws
 * `access.prove` where another request was first.
 */
export async function spendStepUp(tx: StoreTransaction, actor: Actor): Promise<void> {
  if (actor.via !== 'session' || actor.from.session === null) return;
  const { proofMinutes } = await tx.policy.findFirstOrThrow();
  if (proofMinutes > 0) return;
  const since = new Date(Date.now() - AT_ONCE_MINUTES * 60_000);
  const { count } = await tx.session.updateMany({
    where: { id: actor.from.session, provedAt: { gt: since } },
    data: { provedAt: new Date(0) },
  });
  if (count === 0)
    throw new Failure('access.prove', 'Each approval and each apply needs a proof of its own.');
}
