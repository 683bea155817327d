import type { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { IncidentView } from '#lib/incident/incident';
import { permit } from '#lib/recovery/access/permit';
import { viewIncident } from '#lib/recovery/incidents/read-incident';
import { voidApprovals } from '#lib/recovery/patches/void-approvals';
import type { Context } from '#lib/recovery/setup/context';
import { type IncidentRef, incidentId } from '#lib/recovery/setup/find-incident';

/**
 * Closes an incident: nothing of it is changed, previewed or approved any more. Patches that were not begun are taken
 * back, previews are cancelled. Closing a closed one changes nothing. Failures: not_found, patch.state.
 */
export async function closeIncident(
  context: Context,
  { ref }: z.output<typeof IncidentRef>,
): Promise<IncidentView> {
  permit(context.actor, 'incident.change');
  const { store, actor } = context;
  const id = await store.$transaction(async (tx) => {
    const found = await incidentId(tx, ref);
    await tx.$queryRaw`select 1 as held from incident where id = ${found}::uuid for update`;
    const { count } = await tx.incident.updateMany({
      where: { id: found, closedAt: null },
      data: { closedAt: new Date() },
    });
    if (count === 0) return found;
    await voidApprovals(tx, found, 'The incident was closed.', actor.id);
    await cancelRuns(tx, found);
    await writeAudit(tx, {
      actor,
      action: 'incident.close',
      incidentId: found,
      subject: `incident ${found}`,
    });
    return found;
  });
  return viewIncident(context, id);
}

/** Cancels the previews of an incident that are not finished: those that wait at once, those that run soon. */
export async function cancelRuns(tx: StoreTransaction, incidentId: string): Promise<void> {
  const now = new Date();
  await tx.run.updateMany({
    where: { incidentId, state: 'queued' },
    data: { state: 'cancelled', finishedAt: now, cancelRequestedAt: now },
  });
  await tx.run.updateMany({
    where: { incidentId, state: 'running', cancelRequestedAt: null },
    data: { cancelRequestedAt: now },
  });
}
