import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';
import { requireProof } from '#lib/recovery/access/require-proof';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';

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

/** What an approval and an apply rest on, for their lines of the audit. */
export type Grounds = {
  /** SHA-256 of the plan that the rows come from. */
  readonly plan: string;
  /** When and how the person last showed who they are; null: a token, which is its own proof. */
  readonly proved: { readonly at: string; readonly how: string | null } | null;
};

/** On what grounds somebody approves or applies a patch. Asked before a proof is used up. */
export async function groundsOf(tx: StoreTransaction, actor: Actor, patchId: string): Promise<Grounds> {
  const { run } = await tx.patch.findUniqueOrThrow({
    where: { id: patchId },
    select: { run: { select: { planSha256: true } } },
  });
  const { provedAt, from } = actor;
  const session = await tx.session.findUnique({ where: { id: from.session ?? '' } });
  const proved = provedAt === null ? null : { at: isoOf(provedAt), how: session?.provedHow ?? null };
  return { plan: run.planSha256, proved };
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
