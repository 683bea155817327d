import type { StoreTransaction } from '#lib/adapters/store/client';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';

/** GET /api/v1/policies: what holds for approvals. */
export type PoliciesView = {
  /** A change names the revision that it was made from. */
  readonly revision: number;
  readonly approvalHours: number;
  /** 0: each approval and each apply needs a proof of its own. */
  readonly proofMinutes: number;
  readonly selfApproval: boolean;
  /** One person alone is active: only then self-approval can be allowed, and counts. */
  readonly alone: boolean;
  /** `liveStore` null: every live store. Sorted by the number of rows. */
  readonly rules: readonly {
    readonly id: string;
    readonly liveStore: { readonly id: string; readonly name: string } | null;
    readonly fromRows: number;
    readonly approvals: number;
  }[];
  /** What a rule can be for. */
  readonly liveStores: readonly { readonly id: string; readonly name: string }[];
};

/** What holds for approvals. */
export async function readPolicies({ store, actor }: Context): Promise<PoliciesView> {
  permit(actor, 'policy.read');
  return viewPolicies(store);
}

export async function viewPolicies(store: StoreTransaction): Promise<PoliciesView> {
  const { revision, approvalHours, proofMinutes, selfApproval } = await store.policy.findFirstOrThrow();
  const named = { select: { id: true, name: true } } as const;
  const rules = await store.approvalRule.findMany({
    include: { liveStore: named },
    orderBy: [{ fromRows: 'asc' }, { approvals: 'asc' }, { id: 'asc' }],
  });
  return {
    revision,
    approvalHours,
    proofMinutes,
    selfApproval,
    alone: (await store.person.count({ where: { disabledAt: null } })) === 1,
    rules: rules.map(({ id, liveStore, fromRows, approvals }) => ({ id, liveStore, fromRows, approvals })),
    liveStores: await store.liveStore.findMany({ ...named, orderBy: { name: 'asc' } }),
  };
}
