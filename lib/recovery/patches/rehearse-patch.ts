import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { holdPatch } from '#lib/adapters/store/hold-patch';
import { REHEARSAL_LIMIT_MS } from '#lib/patch/live-store';
import type { PatchView } from '#lib/patch/patch';
import { PATCH_EDGES } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { refuseTooMuchWork } from '#lib/recovery/access/work-limit';
import { Seal } from '#lib/recovery/patches/approve-patch';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import { refusalOf } from '#lib/recovery/patches/patch-refusal';
import type { Context } from '#lib/recovery/setup/context';

export const RehearsePatchInput = z.object({
  id: z.uuid(),
  seal: Seal,
  /** For how long the rehearsal may hold row locks. */
  limitMs: z.number().int().min(100).max(60_000).default(REHEARSAL_LIMIT_MS),
});

/** A patch that was not begun may be rehearsed; nothing of the patch changes by it. */
export const REHEARSED = PATCH_EDGES.withdraw.from;

/**
 * Has the worker do the statements of exactly this seal on the live store, in one transaction that is rolled back. One
 * rehearsal at a time: asked again meanwhile, it answers the one that runs. Failures: not_found, patch.seal, patch.state, work.too_much.
 */
export async function rehearsePatch(
  { store, jobs, actor }: Context,
  { id, seal, limitMs }: z.output<typeof RehearsePatchInput>,
): Promise<PatchView> {
  permit(actor, 'patch.rehearse');
  await changeRecords(store, async (tx) => {
    await holdPatch(tx, id);
    const patch = await tx.patch.findFirst({
      where: { id, seal, state: { in: [...REHEARSED] } },
      include: { rehearsals: { where: { state: { in: ['queued', 'running'] } } } },
    });
    if (patch === null) throw await refusalOf(tx, id, seal);
    if (patch.rehearsals.length > 0) return;
    await refuseTooMuchWork(tx, actor);
    const rehearsal = await tx.rehearsal.create({
      data: { patchId: id, seal, limitMs, createdBy: actor.id },
    });
    await writeAudit(tx, {
      actor,
      action: 'patch.rehearse',
      incidentId: patch.incidentId,
      subject: `patch ${id}`,
      detail: { seal, limitMs },
    });
    await jobs.enqueue('rehearse', rehearsal.id, tx);
  });
  return readPatchView(store, id);
}
