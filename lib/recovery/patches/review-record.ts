import { z } from 'zod';
import { approvalStanding } from '#lib/adapters/store/approvals';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { BlockOverride, PatchReview } from '#lib/patch/review';
import { ROLES, roleHolds } from '#lib/recovery/access/policy';
import { isoOf } from '#lib/recovery/setup/iso';
import { BLOCKS, type Block } from '#lib/replay/run';

// What the records say of a patch's review: who prepared it, who approved it, who may, and what was let through.

/** `changesRequested` of a patch's record. */
export const ChangesRequested = z.object({ by: z.string(), at: z.string(), reason: z.string() });

type Recorded = {
  readonly id: string;
  readonly runId: string;
  readonly undoesId: string | null;
  readonly state: string;
  readonly changesRequested: unknown;
  readonly authors: readonly { readonly personId: string }[];
  readonly approvals: readonly {
    readonly id: string;
    readonly approver: string;
    readonly createdAt: Date;
    readonly reason: string;
    readonly selfApproved: boolean;
    readonly voidedAt: Date | null;
    readonly voidedBecause: string | null;
  }[];
};
type NameOf = (id: string) => string;

const WAITS = ['proposed', 'approved', 'expired'];

/** The review of a patch, as the page shows it. */
export async function reviewOf(
  store: StoreTransaction,
  patch: Recorded,
  nameOf: NameOf,
): Promise<PatchReview> {
  const { needed, rule, counting, selfApproval } = await approvalStanding(store, patch.id);
  const { approvalHours } = await store.policy.findFirstOrThrow();
  const people = await store.person.findMany({
    where: { disabledAt: null },
    orderBy: { name: 'asc' },
    select: { id: true, name: true, role: true },
  });
  const authors = new Set(patch.authors.map(({ personId }) => personId));
  const isWaiting = WAITS.includes(patch.state);
  const given = new Set(
    patch.approvals.filter(({ id }) => counting.includes(id)).map(({ approver }) => approver),
  );
  const changes = ChangesRequested.nullable().parse(patch.changesRequested);
  return {
    authors: [...authors].map((id) => ({ id, name: nameOf(id) })),
    approvals: patch.approvals.map((one) => ({
      approver: nameOf(one.approver),
      approverId: one.approver,
      at: isoOf(one.createdAt),
      reason: one.reason,
      selfApproved: one.selfApproved,
      voidedBecause: one.voidedBecause,
      counts: isWaiting ? counting.includes(one.id) : one.voidedAt === null,
      expiresAt: isoOf(new Date(one.createdAt.getTime() + approvalHours * 3_600_000)),
    })),
    approvalsNeeded: needed,
    approvalRule: rule,
    approvers: people
      .filter(
        ({ id, role }) =>
          roleHolds(z.enum(ROLES).parse(role), 'patch.approve') && !given.has(id) && !authors.has(id),
      )
      .map(({ id, name }) => ({ id, name })),
    selfApproval,
    alone: people.length === 1,
    changesRequested: changes === null ? null : { ...changes, by: nameOf(changes.by) },
    overrides: patch.undoesId === null ? await overridesOf(store, patch.runId, nameOf) : [],
  };
}

/** What blocks a run's patch and was let through. */
export async function overridesOf(
  store: StoreTransaction,
  runId: string,
  nameOf: NameOf,
): Promise<BlockOverride[]> {
  const rows = await store.runOverride.findMany({ where: { runId }, orderBy: { at: 'asc' } });
  return rows.map(({ block, by, at, reason }) => ({
    block: z.enum(BLOCKS).parse(block),
    by: nameOf(by),
    at: isoOf(at),
    reason,
  }));
}

/** The same, in the words of a patch's header. */
export async function overriddenBlocks(store: StoreTransaction, runId: string): Promise<Block[]> {
  return (await overridesOf(store, runId, (id) => id)).map(({ block }) => block);
}
