import type { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { movePatch, requestCancel } from '#lib/adapters/store/patches';
import type { PatchView } from '#lib/patch/patch';
import { permit } from '#lib/recovery/access/permit';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import { refusalOf, touchIncident } from '#lib/recovery/patches/patch-refusal';
import type { PatchInput } from '#lib/recovery/patches/read-patch';
import { stopRehearsals } from '#lib/recovery/patches/stop-rehearsals';
import type { Context } from '#lib/recovery/setup/context';

/**
 * Withdraws a patch that was not begun, with its approvals; or asks the worker to roll back one that is being written,
 * which it does unless COMMIT was sent: the patch is then approved again. Failures: not_found, patch.state.
 */
export async function cancelApply(
  { store, actor }: Context,
  { id }: z.output<typeof PatchInput>,
): Promise<PatchView> {
  permit(actor, 'patch.apply');
  await changeRecords(store, async (tx) => {
    await holdIncidentOf(tx, id);
    const withdrawn = await movePatch(tx, id, 'withdraw');
    if (!withdrawn && !(await requestCancel(tx, id))) throw await refusalOf(tx, id, null);
    if (withdrawn) {
      await voidAll(tx, id);
      await stopRehearsals(tx, id);
    }
    const { incidentId } = await tx.patch.findUniqueOrThrow({ where: { id } });
    await touchIncident(tx, incidentId);
    await writeAudit(tx, {
      actor,
      action: withdrawn ? 'patch.withdraw' : 'patch.cancel_apply',
      incidentId,
      subject: `patch ${id}`,
    });
  });
  return readPatchView(store, id);
}

const voidAll = (tx: StoreTransaction, patchId: string) =>
  tx.approval.updateMany({
    where: { patchId, voidedAt: null },
    data: { voidedAt: new Date(), voidedBecause: 'The patch was withdrawn.' },
  });
