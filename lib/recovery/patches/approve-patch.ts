import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { approveWhere } from '#lib/adapters/store/patches';
import type { PatchView } from '#lib/patch/patch';
import { PATCH_EDGES } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { changeUnlessBound } from '#lib/recovery/patches/bound-patches';
import { findPatchPlace, readPatchFiles } from '#lib/recovery/patches/patch-files';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import { refusalOf, refuseUnlessIn, touchIncident } from '#lib/recovery/patches/patch-refusal';
import type { Context } from '#lib/recovery/setup/context';

/** A seal as a person sends it back. What is none is refused as a wrong seal, not as a wrong request. */
export const Seal = z
  .string()
  .max(100)
  .transform((text) => text.trim().toLowerCase());

export const ApprovePatchInput = z.object({
  id: z.uuid(),
  seal: Seal,
  reason: z.string().trim().min(1, 'say on what grounds you approve').max(2000),
});

/**
 * Approves exactly the seal that was shown, once. Where the approver prepared the patch, it is recorded as
 * self-approved. Failures: not_found, patch.seal, patch.state, patch.overlap, conflict.
 */
export async function approvePatch(
  context: Context,
  { id, seal, reason }: z.output<typeof ApprovePatchInput>,
): Promise<PatchView> {
  permit(context.actor, 'patch.approve');
  const { store, actor } = context;
  await changeUnlessBound(context, { id }, async (tx, refuseBound) => {
    await refuseUnlessIn(tx, id, seal, PATCH_EDGES.approve.from);
    await holdIncidentOf(tx, id);
    if (!(await approveWhere(tx, id, seal))) throw await refusalOf(tx, id, seal);
    await refuseBound(tx, await readPatchFiles(await findPatchPlace(tx, id)));
    const { author, incidentId } = await tx.patch.findUniqueOrThrow({ where: { id } });
    const selfApproved = author === actor.id;
    // what an expired approval leaves behind is no longer one
    await tx.approval.updateMany({
      where: { patchId: id, voidedAt: null },
      data: { voidedAt: new Date(), voidedBecause: 'It expired.' },
    });
    await tx.approval.create({
      data: { patchId: id, seal, author, approver: actor.id, selfApproved, reason },
    });
    await touchIncident(tx, incidentId);
    await writeAudit(tx, {
      actor,
      action: 'patch.approve',
      incidentId,
      subject: `patch ${id}`,
      detail: { seal, reason, selfApproved },
    });
  });
  return readPatchView(store, id);
}
