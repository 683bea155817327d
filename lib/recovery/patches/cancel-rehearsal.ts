import type { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import type { PatchView } from '#lib/patch/patch';
import { permit } from '#lib/recovery/access/permit';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import type { PatchInput } from '#lib/recovery/patches/read-patch';
import { stopRehearsals } from '#lib/recovery/patches/stop-rehearsals';
import type { Context } from '#lib/recovery/setup/context';

/** Ends the rehearsal that waits or runs; where there is none, nothing changes. Failure not_found. */
export async function cancelRehearsal(
  { store, actor }: Context,
  { id }: z.output<typeof PatchInput>,
): Promise<PatchView> {
  permit(actor, 'patch.rehearse');
  await store.$transaction(async (tx) => {
    const patch = await tx.patch.findUnique({ where: { id }, select: { incidentId: true } });
    if (patch === null) throw new Failure('not_found', 'There is no such patch.');
    if (!(await stopRehearsals(tx, id))) return;
    await writeAudit(tx, {
      actor,
      action: 'patch.cancel_rehearsal',
      incidentId: patch.incidentId,
      subject: `patch ${id}`,
    });
  });
  return readPatchView(store, id);
}
