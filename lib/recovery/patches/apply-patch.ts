import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { holdOverlaps } from '#lib/adapters/store/hold-patch';
import { movePatch, startWhere } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import type { PatchView } from '#lib/patch/patch';
import { UNDER_WAY } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { Seal } from '#lib/recovery/patches/approve-patch';
import { refuseBound } from '#lib/recovery/patches/overlapping';
import { findPatchPlace, readPatchFiles } from '#lib/recovery/patches/patch-files';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import { refusalOf, touchIncident } from '#lib/recovery/patches/patch-refusal';
import { stopRehearsals } from '#lib/recovery/patches/stop-rehearsals';
import type { Context } from '#lib/recovery/setup/context';

export const ApplyPatchInput = z.object({ id: z.uuid(), seal: Seal, confirm: z.string().max(500) });

/**
 * Starts the apply of an approved patch in the worker, once; where an earlier outcome is unknown, asks for it again.
 * `confirm` is the name of what is written. Failures: not_found, request.invalid, patch.seal, patch.not_approved,
 * patch.state, patch.overlap, conflict.
 */
export async function applyPatch(
  context: Context,
  { id, seal, confirm }: z.output<typeof ApplyPatchInput>,
): Promise<PatchView> {
  permit(context.actor, 'patch.apply');
  const { store, jobs, actor } = context;
  const { target, state } = await readPatchView(store, id);
  if (confirm.trim() !== target) {
    throw new Failure('request.invalid', `confirm: type ${target} to confirm what is written`);
  }
  await store.$transaction(async (tx) => {
    const settles = state === 'unknown';
    const moved = settles ? await settleAgain(tx, id, seal) : await startWhere(tx, id, seal);
    if (!moved) throw await refusalOf(tx, id, seal);
    if (!settles) {
      await holdOverlaps(tx);
      await refuseBound(context, tx, await readPatchFiles(await findPatchPlace(tx, id)), id, UNDER_WAY);
      await stopRehearsals(tx, id);
    }
    const { incidentId, attempt } = await tx.patch.findUniqueOrThrow({ where: { id } });
    await touchIncident(tx, incidentId);
    await writeAudit(tx, {
      actor,
      action: settles ? 'patch.settle' : 'patch.apply',
      incidentId,
      subject: `patch ${id}`,
      detail: { seal, attempt, target },
    });
    await jobs.enqueue('apply', id, tx);
  });
  return readPatchView(store, id);
}

async function settleAgain(tx: Parameters<typeof movePatch>[0], id: string, seal: string): Promise<boolean> {
  const { seal: own } = await tx.patch.findUniqueOrThrow({ where: { id }, select: { seal: true } });
  return own === seal && (await movePatch(tx, id, 'settle'));
}
