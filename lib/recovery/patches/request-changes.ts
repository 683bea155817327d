import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { movePatch } from '#lib/adapters/store/patches';
import type { PatchView } from '#lib/patch/patch';
import { PATCH_EDGES } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { Seal } from '#lib/recovery/patches/approve-patch';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import { refusalOf, refuseUnlessIn, touchIncident } from '#lib/recovery/patches/patch-refusal';
import { stopRehearsals } from '#lib/recovery/patches/stop-rehearsals';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';

export const RequestChangesInput = z.object({
  id: z.uuid(),
  seal: Seal,
  reason: z.string().trim().min(1, 'say what has to change').max(2000),
});

/**
 * Sends a patch that was not begun back to its author: it is withdrawn with its approvals, and says who asked for what. A
 * new patch of the run, or of a new one, is reviewed anew. Failures: not_found, patch.seal, patch.state.
 */
export async function requestChanges(
  { store, actor }: Context,
  { id, seal, reason }: z.output<typeof RequestChangesInput>,
): Promise<PatchView> {
  permit(actor, 'patch.request_changes');
  await changeRecords(store, async (tx) => {
    await refuseUnlessIn(tx, id, seal, PATCH_EDGES.withdraw.from);
    await holdIncidentOf(tx, id);
    if (!(await movePatch(tx, id, 'withdraw'))) throw await refusalOf(tx, id, seal);
    const now = new Date();
    const changesRequested = { by: actor.id, at: isoOf(now), reason };
    const { incidentId } = await tx.patch.update({ where: { id }, data: { changesRequested } });
    await tx.approval.updateMany({
      where: { patchId: id, voidedAt: null },
      data: { voidedAt: now, voidedBecause: `${actor.name} asked for changes.` },
    });
    await stopRehearsals(tx, id);
    await touchIncident(tx, incidentId);
    await writeAudit(tx, {
      actor,
      action: 'patch.request_changes',
      incidentId,
      subject: `patch ${id}`,
      detail: { seal, reason },
    });
  });
  return readPatchView(store, id);
}
