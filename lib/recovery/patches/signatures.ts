import { readChainHead } from '#lib/adapters/store/audit-chain';
import { Failure } from '#lib/base/failure';
import type { Signatures } from '#lib/patch/patch';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';

/** Author, approver and the audit's newest line, as the target's ledger keeps them. */
export async function signaturesOf({ store }: Pick<Context, 'store'>, id: string): Promise<Signatures> {
  const approval = await store.approval.findFirst({
    where: { patchId: id, voidedAt: null },
    orderBy: { createdAt: 'desc' },
  });
  if (approval === null) throw new Failure('patch.not_approved', 'The patch has no valid approval.');
  const nameOf = await readNames(store);
  const approver = nameOf(approval.approver);
  return {
    author: nameOf(approval.author),
    approvedBy: approval.selfApproved ? `self-approved by ${approver}` : approver,
    approvedAt: isoOf(approval.createdAt),
    auditHead: await readChainHead(store),
  };
}
