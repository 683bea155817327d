import { approvalStanding, findUnsupported } from '#lib/adapters/store/approvals';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { holdIncidentOf, holdPatch } from '#lib/adapters/store/hold-patch';
import { movePatch } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import { recordedError } from '#lib/recovery/patches/patch-record';
import { touchIncident } from '#lib/recovery/patches/patch-refusal';
import type { Context } from '#lib/recovery/setup/context';

const EXPIRED = 'It expired.';
const UNCOUNTED = 'The policy changed, or who may approve.';

/**
 * Approved patches that do not have enough approvals any more wait for approval again: one grew too old, the policy asks
 * for more, an approver left, a second person makes self-approval void. An apply refuses them before that, too. Answers
 * how many they were.
 */
export async function expireApprovals({ store }: Pick<Context, 'store'>): Promise<number> {
  const ids = await findUnsupported(store);
  for (const id of ids) await changeRecords(store, (tx) => takeBack(tx, id, { state: 'approved' }));
  return ids.length;
}

/**
 * An apply that was started and has sent no COMMIT does not go on when not enough approvals count any more: its patch waits
 * for approval again. Whatever attempt has it can send no COMMIT from then on. Nothing happens where another one took it.
 */
export async function stopUnsupported(
  { store }: Pick<Context, 'store'>,
  id: string,
  attempt: number,
): Promise<void> {
  await changeRecords(store, (tx) => takeBack(tx, id, { state: 'applying', attempt }));
}

type Seen = { readonly state: 'approved' | 'applying'; readonly attempt?: number };

async function takeBack(tx: StoreTransaction, id: string, seen: Seen): Promise<void> {
  await holdIncidentOf(tx, id);
  await holdPatch(tx, id);
  const patch = await tx.patch.findFirst({ where: { id, ...seen } });
  if (patch === null) return;
  const { counting, needed } = await approvalStanding(tx, id);
  if (counting.length >= needed) return;
  const { expired } = await voidUncounted(tx, id);
  const change = seen.state === 'applying' ? { error: stopped(counting.length, needed), ...NOT_BEGUN } : {};
  if (!(await movePatch(tx, id, expired > 0 ? 'expire' : 'reopen', change))) return;
  const { incidentId, seal } = patch;
  await touchIncident(tx, incidentId);
  await writeAudit(tx, {
    actor: 'recount',
    action: expired > 0 ? 'patch.expired' : 'patch.reopened',
    incidentId,
    subject: `patch ${id}`,
    detail: { seal, approvals: counting.length, needed, applyStopped: seen.state === 'applying' },
  });
}

const NOT_BEGUN = { progress: null, cancelRequestedAt: null } as const;

const stopped = (given: number, needed: number) =>
  recordedError(
    new Failure(
      'patch.not_approved',
      `The apply was stopped and nothing was written: ${given} of the ${needed} ${needed === 1 ? 'approval' : 'approvals'} that it needs ${given === 1 ? 'counts' : 'count'} by now.`,
      { fix: 'Have it approved again, then apply it.' },
    ),
  );

/** What does not count any more is no approval: voided, with the reason. Answers how many were too old. */
export async function voidUncounted(tx: StoreTransaction, patchId: string): Promise<{ expired: number }> {
  const { counting } = await approvalStanding(tx, patchId);
  const { approvalHours } = await tx.policy.findFirstOrThrow();
  const since = new Date(Date.now() - approvalHours * 3_600_000);
  const uncounted = { patchId, voidedAt: null, id: { notIn: [...counting] } };
  const voidedAt = new Date();
  const { count: expired } = await tx.approval.updateMany({
    where: { ...uncounted, createdAt: { lte: since } },
    data: { voidedAt, voidedBecause: EXPIRED },
  });
  await tx.approval.updateMany({ where: uncounted, data: { voidedAt, voidedBecause: UNCOUNTED } });
  return { expired };
}
