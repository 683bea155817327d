import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { changesPreview, fillDraft } from '#lib/incident/draft';
import { DraftSchema } from '#lib/incident/draft-schema';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';
import { permit } from '#lib/recovery/access/permit';
import { chosenArchive, chosenEdition, chosenLiveStore, Title } from '#lib/recovery/incidents/open-incident';
import { viewIncident } from '#lib/recovery/incidents/read-incident';
import { voidApprovals } from '#lib/recovery/patches/void-approvals';
import type { Context } from '#lib/recovery/setup/context';
import { holdOpenIncident, IncidentRef } from '#lib/recovery/setup/find-incident';
import { draftOf, draftPlaces } from '#lib/recovery/setup/incident-places';

export const ChangePlanInput = IncidentRef.extend({
  title: Title.optional(),
  plan: DraftSchema.optional(),
  archiveId: z.uuid().nullable().optional(),
  liveStoreId: z.uuid().nullable().optional(),
  /** The published edition of the library that the plan's calculation was taken from. */
  editionId: z.uuid().nullable().optional(),
});

/** What an incident is to become; what is left out stays. */
export type PlanChange = Omit<z.output<typeof ChangePlanInput>, 'ref'>;
type Held = Awaited<ReturnType<typeof holdOpenIncident>>;

/**
 * Changes an incident's title, plan, archive or live store. What a preview depends on raises the plan's revision, and
 * takes back patches and approvals that stood on the old one. Writing the same again changes nothing.
 * Failures: not_found, conflict (closed), patch.state (a patch is being written).
 */
export async function changePlan(
  context: Context,
  { ref, ...change }: z.output<typeof ChangePlanInput>,
): Promise<IncidentView> {
  permit(context.actor, 'incident.change');
  const id = await context.store.$transaction(async (tx) => {
    const incident = await holdOpenIncident(tx, ref);
    await changeHeld(tx, context, incident, change);
    return incident.id;
  });
  return viewIncident(context, id);
}

/** Writes the change of an incident that the transaction holds. Answers the revision and the draft that are there then. */
export async function changeHeld(
  tx: StoreTransaction,
  { env, actor }: Context,
  incident: Held,
  change: PlanChange,
): Promise<{ planRevision: number; plan: DraftPlan }> {
  const {
    title = incident.title,
    archiveId = incident.archiveId,
    liveStoreId = incident.liveStoreId,
    editionId = incident.editionId,
  } = change;
  await chosenEdition(tx, editionId, incident.editionId);
  const before = draftOf(incident.plan);
  const places = draftPlaces(env, await chosenArchive(tx, archiveId), await chosenLiveStore(tx, liveStoreId));
  const plan = fillDraft(change.plan ?? before, title, places);
  const moved = archiveId !== incident.archiveId || liveStoreId !== incident.liveStoreId;
  const matters = moved || changesPreview(before, plan);
  const planRevision = incident.planRevision + (matters ? 1 : 0);
  const otherEdition = editionId !== incident.editionId;
  if (
    !matters &&
    !otherEdition &&
    title === incident.title &&
    JSON.stringify(before) === JSON.stringify(plan)
  )
    return { planRevision, plan };
  if (matters) await voidApprovals(tx, incident.id, 'The plan was changed.', actor.id);
  await tx.incident.update({
    where: { id: incident.id },
    data: { title, plan, archiveId, liveStoreId, editionId, planRevision },
  });
  await writeAudit(tx, {
    actor,
    action: 'incident.change',
    incidentId: incident.id,
    subject: `incident ${incident.id}`,
    detail: {
      planRevision,
      changed: changedParts(before, plan, moved),
      ...(otherEdition ? { editionId } : {}),
    },
  });
  return { planRevision, plan };
}

function changedParts(before: DraftPlan, after: DraftPlan, moved: boolean): string[] {
  const parts = Object.entries(after).filter(
    ([part, value]) => JSON.stringify(value) !== JSON.stringify(before[part as keyof DraftPlan]),
  );
  const gone = Object.keys(before).filter((part) => !(part in after));
  return [...new Set([...parts.map(([part]) => part), ...gone, ...(moved ? ['sources'] : [])])].sort();
}
