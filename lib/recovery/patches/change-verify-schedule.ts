import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { setVerifySchedule } from '#lib/adapters/store/verify-schedule';
import { type PatchView, VERIFY_EVERY } from '#lib/patch/patch';
import { permit } from '#lib/recovery/access/permit';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import { refusalOf, touchIncident } from '#lib/recovery/patches/patch-refusal';
import { refuseErasedPatch } from '#lib/recovery/retention/erased';
import type { Context } from '#lib/recovery/setup/context';

export const VerifyScheduleInput = z.object({ id: z.uuid(), every: z.enum(VERIFY_EVERY).nullable() });

/**
 * Sets how often an applied patch is compared with the live rows by itself, for 30 days from now; null: not any more.
 * Failures: not_found, patch.state, data.erased.
 */
export async function changeVerifySchedule(
  { store, actor }: Context,
  { id, every }: z.output<typeof VerifyScheduleInput>,
): Promise<PatchView> {
  permit(actor, 'patch.verify');
  await changeRecords(store, async (tx) => {
    await holdIncidentOf(tx, id);
    await refuseErasedPatch(tx, id);
    if (!(await setVerifySchedule(tx, id, every))) throw await refusalOf(tx, id, null);
    const { incidentId } = await tx.patch.findUniqueOrThrow({ where: { id } });
    await touchIncident(tx, incidentId);
    await writeAudit(tx, {
      actor,
      action: 'patch.verify_schedule',
      incidentId,
      subject: `patch ${id}`,
      detail: { every },
    });
  });
  return readPatchView(store, id);
}
