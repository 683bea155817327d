import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { notifyOfPolicies } from '#lib/adapters/store/notify';
import { Failure } from '#lib/base/failure';
import type { PoliciesView } from '#lib/patch/policies';
import { permit } from '#lib/recovery/access/permit';
import { requireStepUp, spendStepUp } from '#lib/recovery/access/step-up';
import { expireApprovals } from '#lib/recovery/patches/expire-approvals';
import { viewPolicies } from '#lib/recovery/policies/read-policies';
import type { Context } from '#lib/recovery/setup/context';

const Rule = z.object({
  liveStoreId: z.uuid().nullable(),
  fromRows: z.number().int().min(1).max(2_147_483_647),
  approvals: z.number().int().min(1).max(5),
});

export const ChangePoliciesInput = z.object({
  revision: z.number().int(),
  approvalHours: z.number().int().min(1).max(720),
  proofMinutes: z.number().int().min(0).max(720),
  selfApproval: z.boolean(),
  rules: z.array(Rule).max(50),
});
type Input = z.output<typeof ChangePoliciesInput>;

/**
 * Changes what holds for approvals. Approved patches that do not have enough approvals any more wait for approval again.
 * Failures: access.prove, conflict (changed meanwhile; self-approval where more than one person is active; two rules for
 * the same), not_found (a rule's live store).
 */
export async function changePolicies(context: Context, input: Input): Promise<PoliciesView> {
  permit(context.actor, 'policy.change');
  await requireStepUp(context);
  const { store, actor } = context;
  refuseTwice(input.rules);
  await changeRecords(store, async (tx) => {
    const { revision, rules, ...policy } = input;
    const before = await heldPolicies(tx);
    if (before.revision !== revision)
      throw new Failure('conflict', 'The policies were changed meanwhile.', {
        fix: 'Reload and look at what holds now.',
      });
    if (policy.selfApproval && !before.selfApproval && !before.alone)
      throw new Failure('conflict', 'Self-approval is only for an installation with one person.', {
        fix: 'Ask someone else to approve, or disable the other people first.',
      });
    await refuseUnknown(tx, rules);
    // by the policy that held until now
    await spendStepUp(tx, actor);
    await tx.policy.updateMany({ data: { ...policy, revision: revision + 1 } });
    await tx.approvalRule.deleteMany();
    await tx.approvalRule.createMany({ data: rules });
    await writeAudit(tx, {
      actor,
      action: 'policy.change',
      subject: 'policies',
      detail: { before: told(before), after: told(await viewPolicies(tx)) },
    });
    await notifyOfPolicies(tx, actor.id);
  });
  await expireApprovals(context);
  return viewPolicies(store);
}

async function heldPolicies(tx: StoreTransaction): Promise<PoliciesView> {
  await tx.$queryRaw`select 1 as held from policy for update`;
  return viewPolicies(tx);
}

function refuseTwice(rules: Input['rules']): void {
  const names = rules.map(({ liveStoreId, fromRows }) => `${liveStoreId} ${fromRows}`);
  if (new Set(names).size < names.length)
    throw new Failure('conflict', 'Two rules begin at the same number of rows of the same live store.', {
      fix: 'Remove one of them.',
    });
}

async function refuseUnknown(tx: StoreTransaction, rules: Input['rules']): Promise<void> {
  const ids = [...new Set(rules.flatMap(({ liveStoreId }) => liveStoreId ?? []))];
  if ((await tx.liveStore.count({ where: { id: { in: ids } } })) < ids.length)
    throw new Failure('not_found', 'A rule names a live store that is not there.');
}

const told = ({ approvalHours, proofMinutes, selfApproval, rules }: PoliciesView) => ({
  approvalHours,
  proofMinutes,
  selfApproval,
  rules: rules.map(
    ({ liveStore, fromRows, approvals }) =>
      `${liveStore?.name ?? 'every live store'}, from ${fromRows} rows: ${approvals}`,
  ),
});
