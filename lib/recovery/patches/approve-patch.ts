import { z } from 'zod';
import { approvalStanding } from '#lib/adapters/store/approvals';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { approveWhere, isApprovable } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import type { PatchView } from '#lib/patch/patch';
import { PATCH_EDGES } from '#lib/patch/state';
import type { Actor } from '#lib/recovery/access/actor';
import { permit } from '#lib/recovery/access/permit';
import { groundsOf, requireStepUp, spendStepUp } from '#lib/recovery/access/step-up';
import { changeUnlessBound } from '#lib/recovery/patches/bound-patches';
import { voidUncounted } from '#lib/recovery/patches/expire-approvals';
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
 * Approves exactly the seal that was shown, once a person. With the last approval that is needed the patch is approved.
 * Failures: access.prove, not_found, patch.seal, patch.own, patch.state (also of who approved it already), patch.overlap,
 * conflict.
 */
export async function approvePatch(
  context: Context,
  { id, seal, reason }: z.output<typeof ApprovePatchInput>,
): Promise<PatchView> {
  permit(context.actor, 'patch.approve');
  const { store, actor } = context;
  await requireStepUp(context);
  await changeUnlessBound(context, { id }, async (tx, refuseBound) => {
    await refuseUnlessIn(tx, id, seal, PATCH_EDGES.approve.from);
    await refuseUnfit(tx, id, actor);
    await holdIncidentOf(tx, id);
    if (!(await isApprovable(tx, id, seal))) throw await refusalOf(tx, id, seal);
    const { author, selfApproved } = await refuseUnfit(tx, id, actor);
    await refuseBound(tx, await readPatchFiles(await findPatchPlace(tx, id)));
    await voidUncounted(tx, id);
    await tx.approval.create({
      data: { patchId: id, seal, author, approver: actor.id, selfApproved, reason },
    });
    await approveWhere(tx, id, seal);
    const { counting, needed } = await approvalStanding(tx, id);
    const { incidentId } = await tx.patch.findUniqueOrThrow({ where: { id } });
    await touchIncident(tx, incidentId);
    const grounds = await groundsOf(tx, actor, id);
    await spendStepUp(tx, actor);
    await writeAudit(tx, {
      actor,
      action: 'patch.approve',
      incidentId,
      subject: `patch ${id}`,
      detail: { seal, reason, selfApproved, approvals: counting.length, needed, ...grounds },
    });
  });
  return readPatchView(store, id);
}

/** Refuses an author, and who approved it already. Asked before a lock too, so that who can't is told at once. */
async function refuseUnfit(
  tx: StoreTransaction,
  id: string,
  actor: Actor,
): Promise<{ author: string; selfApproved: boolean }> {
  const { author } = await tx.patch.findUniqueOrThrow({ where: { id }, select: { author: true } });
  const hand = { patchId: id, personId: actor.id };
  const isAuthor =
    author === actor.id || (await tx.patchAuthor.findUnique({ where: { patchId_personId: hand } })) !== null;
  const { counting, needed, selfApproval } = await approvalStanding(tx, id);
  if (isAuthor && !selfApproval) {
    const words =
      author === actor.id ? 'You prepared this patch' : 'You had a hand in what this patch writes';
    throw new Failure('patch.own', `${words}, so someone else has to approve it.`);
  }
  const own = { id: { in: [...counting] }, approver: actor.id };
  if ((await tx.approval.count({ where: own })) > 0)
    throw new Failure(
      'patch.state',
      `You approved this patch already; it ${counting.length >= needed ? 'is approved' : 'waits for someone else'}.`,
    );
  return { author, selfApproved: isAuthor };
}
