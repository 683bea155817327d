import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { Failure } from '#lib/base/failure';
import type { PatchView } from '#lib/patch/patch';
import { permit } from '#lib/recovery/access/permit';
import { readAlarm } from '#lib/recovery/patches/alarm-record';
import { readPatchView } from '#lib/recovery/patches/patch-record';
import { touchIncident } from '#lib/recovery/patches/patch-refusal';
import type { Context } from '#lib/recovery/setup/context';

export const AcknowledgeAlarmInput = z.object({
  id: z.uuid(),
  reason: z.string().trim().min(1, 'say why it is as it should be, or who sees to it').max(2000),
});

/**
 * Takes notice of a patch's alarm, with a reason: it is shown no more, and the same rows with the same values do not raise
 * it again. Failures: not_found, conflict where there is none (any more).
 */
export async function acknowledgeAlarm(
  { store, actor }: Context,
  { id, reason }: z.output<typeof AcknowledgeAlarmInput>,
): Promise<PatchView> {
  permit(actor, 'patch.verify');
  await changeRecords(store, async (tx) => {
    // two people at once: the second waits, and finds it acknowledged
    await holdIncidentOf(tx, id);
    const patch = await tx.patch.findUnique({ where: { id }, select: { alarm: true, incidentId: true } });
    if (patch === null) throw new Failure('not_found', 'There is no such patch.');
    const alarm = readAlarm(patch.alarm);
    if (alarm === null || alarm.acknowledged !== null)
      throw new Failure('conflict', 'There is no alarm that waits to be acknowledged.');
    const acknowledged = { by: actor.id, at: new Date().toISOString(), reason };
    await tx.patch.update({ where: { id }, data: { alarm: { ...alarm, acknowledged } } });
    await touchIncident(tx, patch.incidentId);
    await writeAudit(tx, {
      actor,
      action: 'patch.alarm_acknowledge',
      incidentId: patch.incidentId,
      subject: `patch ${id}`,
      detail: { kind: alarm.kind, message: alarm.message, reason },
    });
  });
  return readPatchView(store, id);
}
