import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { notePatch } from '#lib/adapters/store/patches';
import type { PatchView } from '#lib/patch/patch';
import { WRITTEN } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { readOutcome, readPatchView } from '#lib/recovery/patches/patch-record';
import { refusalOf } from '#lib/recovery/patches/patch-refusal';
import type { PatchInput } from '#lib/recovery/patches/read-patch';
import { refuseErasedPatch } from '#lib/recovery/retention/erased';
import { oneLook } from '#lib/recovery/setup/at-once';
import type { Context } from '#lib/recovery/setup/context';

const WAIT_MS = 25_000;
const POLL_MS = 150;

/**
 * Compares the rows of an applied patch with what it wrote, in the worker, and waits for the answer; after 25 seconds it
 * answers what is known so far. Failures: not_found, patch.state, data.erased,
 * work.too_much.
 */
export async function verifyPatch(
  context: Context,
  { id }: z.output<typeof PatchInput>,
  request?: Request,
): Promise<PatchView> {
  permit(context.actor, 'patch.verify');
  return oneLook(context.actor.id, () => askAndWait(context, id, request?.signal));
}

async function askAndWait(
  { store, jobs, actor }: Context,
  id: string,
  gone: AbortSignal | undefined,
): Promise<PatchView> {
  const before = await changeRecords(store, async (tx) => {
    await holdIncidentOf(tx, id);
    await refuseErasedPatch(tx, id);
    if (!(await notePatch(tx, id, WRITTEN, { error: null }))) throw await refusalOf(tx, id, null);
    const { incidentId, outcome } = await tx.patch.findUniqueOrThrow({ where: { id } });
    await writeAudit(tx, {
      actor,
      action: 'patch.verify',
      incidentId,
      subject: `patch ${id}`,
    });
    await jobs.enqueue('verify', id, tx);
    return readOutcome(outcome)?.verification?.at;
  });
  const untilMs = performance.now() + WAIT_MS;
  for (;;) {
    const view = await readPatchView(store, id);
    const isWritten = WRITTEN.some((state) => state === view.state);
    const answered = !isWritten || view.error !== null || view.verification?.at !== before;
    if (answered || performance.now() > untilMs || gone?.aborted) return view;
    await sleep(POLL_MS);
  }
}
