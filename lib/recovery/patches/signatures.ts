import { approvalStanding } from '#lib/adapters/store/approvals';
import { readChainHead } from '#lib/adapters/store/audit-chain';
import { Failure } from '#lib/base/failure';
import type { Signatures } from '#lib/patch/patch';
import { signNow } from '#lib/recovery/audit/signing-key';
import { overridesOf } from '#lib/recovery/patches/review-record';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';

/** Author, those approvers whose votes count, and the audit's newest line, as the target's ledger keeps them. */
export async function signaturesOf(context: Pick<Context, 'store' | 'key'>, id: string): Promise<Signatures> {
  const { store } = context;
  const approvals = await store.approval.findMany({
    where: { patchId: id, voidedAt: null },
    orderBy: { createdAt: 'asc' },
  });
  const { counting } = await approvalStanding(store, id);
  const counted = approvals.filter((one) => counting.includes(one.id));
  // what may be committed already is only looked up: then those that counted before it
  const signed = counted.length > 0 ? counted : approvals;
  const last = signed.at(-1);
  if (last === undefined) throw new Failure('patch.not_approved', 'The patch has no valid approval.');
  const nameOf = await readNames(store);
  const approvers = signed.map(({ approver, selfApproved }) =>
    selfApproved ? `self-approved by ${nameOf(approver)}` : nameOf(approver),
  );
  const { runId, undoesId } = await store.patch.findUniqueOrThrow({ where: { id } });
  const overrides = undoesId === null ? await overridesOf(store, runId, nameOf) : [];
  const through = overrides.map(({ block, by }) => `${block} let through by ${by}`);
  const head = await readChainHead(store);
  return {
    author: nameOf(last.author),
    approvedBy: [approvers.join(', '), ...through].join('; '),
    approvedAt: isoOf(last.createdAt),
    ids: { author: last.author, approvers: signed.map(({ approver }) => approver) },
    auditHead: head === null ? null : await signNow(context, head),
  };
}
