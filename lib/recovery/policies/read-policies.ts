import type { StoreTransaction } from '#lib/adapters/store/client';
import type { PoliciesView } from '#lib/patch/policies';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';

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
