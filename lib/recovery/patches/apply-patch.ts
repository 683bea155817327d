import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { movePatch, startWhere } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import type { Counts, PatchView } from '#lib/patch/patch';
import { LARGE_PATCH_ROWS } from '#lib/patch/rehearsal';
import { PATCH_EDGES, UNDER_WAY } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { groundsOf, requireStepUp, spendStepUp } from '#lib/recovery/access/step-up';
import { Seal } from '#lib/recovery/patches/approve-patch';
import { changeUnlessBound } from '#lib/recovery/patches/bound-patches';
import { findPatchPlace, readPatchFiles } from '#lib/recovery/patches/patch-files';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import { refusalOf, refuseUnlessIn, touchIncident } from '#lib/recovery/patches/patch-refusal';
import { stopRehearsals } from '#lib/recovery/patches/stop-rehearsals';
import type { Context } from '#lib/recovery/setup/context';

export const ApplyPatchInput = z.object({
  id: z.uuid(),
  seal: Seal,
  confirm: z.string().max(500),
  rows: z.int().nonnegative().exactOptional(),
});

/**
 * Starts the apply of an approved patch in the worker, once; where an earlier outcome is unknown, asks for it again.
 * `confirm` is the name of what is written; `rows`, how many rows, must be said of a large patch. Failures: access.prove, not_found, request.invalid, patch.seal, patch.not_approved,
 * patch.state, patch.overlap, conflict.
 */
export async function applyPatch(
  context: Context,
  { id, seal, confirm, rows }: z.output<typeof ApplyPatchInput>,
): Promise<PatchView> {
  permit(context.actor, 'patch.apply');
  const { store, jobs, actor } = context;
  await requireStepUp(context);
  const { target, state, counts } = await readPatchView(store, id);
  if (confirm.trim() !== target) {
    throw new Failure('request.invalid', `confirm: type ${target} to confirm what is written`);
  }
  if (state !== 'unknown') refuseUnacknowledged(counts, rows);
  const { start, settle } = PATCH_EDGES;
  await changeUnlessBound(context, { id, states: UNDER_WAY }, async (tx, refuseBound) => {
    await refuseUnlessIn(tx, id, seal, [...start.from, ...settle.from]);
    await holdIncidentOf(tx, id);
    const settles = state === 'unknown';
    const moved = settles ? await settleAgain(tx, id, seal) : await startWhere(tx, id, seal);
    if (!moved) throw await refusalOf(tx, id, seal);
    if (!settles) {
      await refuseBound(tx, await readPatchFiles(await findPatchPlace(tx, id)));
      await stopRehearsals(tx, id);
    }
    const { incidentId, attempt } = await tx.patch.findUniqueOrThrow({ where: { id } });
    await touchIncident(tx, incidentId);
    const grounds = await groundsOf(tx, actor, id);
    await spendStepUp(tx, actor);
    await writeAudit(tx, {
      actor,
      action: settles ? 'patch.settle' : 'patch.apply',
      incidentId,
      subject: `patch ${id}`,
      detail: { seal, attempt, target, ...grounds },
    });
    await jobs.enqueue('apply', id, tx);
  });
  return readPatchView(store, id);
}

/** Its rows are locked for all of a transaction that takes seconds or minutes: nobody starts that unawares. */
function refuseUnacknowledged({ updates, inserts, deletes }: Counts, acknowledged: number | undefined): void {
  const total = updates + inserts + deletes;
  if (total <= LARGE_PATCH_ROWS || acknowledged === total) return;
  throw new Failure(
    'request.invalid',
    `rows: this patch writes ${total} rows in one transaction; send rows: ${total} to say that you know`,
  );
}

async function settleAgain(tx: Parameters<typeof movePatch>[0], id: string, seal: string): Promise<boolean> {
  const { seal: own } = await tx.patch.findUniqueOrThrow({ where: { id }, select: { seal: true } });
  return own === seal && (await movePatch(tx, id, 'settle'));
}
