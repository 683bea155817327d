import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { movePatch } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import { PATCH_EDGES, UNDER_WAY } from '#lib/patch/state';
import { stopRehearsals } from '#lib/recovery/patches/stop-rehearsals';

/**
 * Takes back every patch of an incident (no undo) that was proposed or approved and not begun, with its approvals, because what
 * it was made from has changed. Runs in the transaction of that change. Answers how many patches it took back.
 * Failure patch.state where a patch is being written right now: then the change must wait.
 */
export async function voidApprovals(
  tx: StoreTransaction,
  incidentId: string,
  because: string,
  actor = 'recount',
): Promise<number> {
  const open = await tx.patch.findMany({
    where: {
      incidentId,
      OR: [
        // an undo is made from a patch that was written, not from the plan
        { undoesId: null, state: { in: [...PATCH_EDGES.withdraw.from] } },
        { state: { in: [...UNDER_WAY] } },
      ],
    },
    select: { id: true, number: true },
  });
  for (const { id, number } of open) {
    if (!(await movePatch(tx, id, 'withdraw'))) {
      throw new Failure('patch.state', `Patch ${number} of this incident is being written.`, {
        fix: 'Wait until its outcome is known, then try again.',
      });
    }
    await tellWithdrawn(tx, { id, incidentId }, because, actor);
  }
  return open.length;
}

/**
 * Takes back the undo of a patch that was not begun, because the patch was put back in another way. Runs in the
 * transaction that records that.
 */
export async function voidUndos(
  tx: StoreTransaction,
  undoesId: string,
  because: string,
  actor = 'recount',
): Promise<void> {
  const open = await tx.patch.findMany({
    where: { undoesId, state: { in: [...PATCH_EDGES.withdraw.from] } },
    select: { id: true, incidentId: true },
  });
  for (const undo of open) await withdrawPatch(tx, undo, because, actor);
}

/** Takes back one patch with its approvals; false where it was begun. */
export async function withdrawPatch(
  tx: StoreTransaction,
  patch: { readonly id: string; readonly incidentId: string },
  because: string,
  actor = 'recount',
): Promise<boolean> {
  if (!(await movePatch(tx, patch.id, 'withdraw'))) return false;
  await tellWithdrawn(tx, patch, because, actor);
  return true;
}

async function tellWithdrawn(
  tx: StoreTransaction,
  { id, incidentId }: { readonly id: string; readonly incidentId: string },
  because: string,
  actor: string,
): Promise<void> {
  await stopRehearsals(tx, id);
  await tx.approval.updateMany({
    where: { patchId: id, voidedAt: null },
    data: { voidedAt: new Date(), voidedBecause: because },
  });
  await writeAudit(tx, {
    actor,
    action: 'patch.cancel',
    incidentId,
    subject: `patch ${id}`,
    detail: { because },
  });
}
