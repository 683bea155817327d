import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { contentSha } from '#lib/calculation/edition-content';
import { shaOfPlan } from '#lib/incident/draft';
import { parseDraft } from '#lib/plan/parse';
import type { Plan } from '#lib/plan/plan';
import { planToFile } from '#lib/plan/to-file';
import { permit } from '#lib/recovery/access/permit';
import { refuseTooMuchWork } from '#lib/recovery/access/work-limit';
import { findEdition } from '#lib/recovery/calculations/calculation-record';
import { changeHeld, type PlanChange } from '#lib/recovery/incidents/change-plan';
import { cancelRuns } from '#lib/recovery/incidents/close-incident';
import { missingOf } from '#lib/recovery/incidents/incident-missing';
import { readRunView } from '#lib/recovery/runs/run-view';
import type { Context } from '#lib/recovery/setup/context';
import { holdOpenIncident, IncidentRef } from '#lib/recovery/setup/find-incident';
import { draftOf } from '#lib/recovery/setup/incident-places';
import type { RunView } from '#lib/replay/run';

export const StartPreviewInput = IncidentRef.extend({
  window: z
    .object({
      from: z.string().max(40),
      to: z.string().max(40),
      clock: z.enum(['time', 'ingested']).optional(),
    })
    .optional(),
});

type Held = Awaited<ReturnType<typeof holdOpenIncident>>;

/**
 * Starts a preview of an incident's plan as it is now; a window that is given becomes the plan's first. The plan is
 * frozen into the run. An unfinished preview of the same plan is answered instead; one of an older plan is cancelled.
 * Failures: not_found, conflict, patch.state, work.too_much, plan.invalid with every problem of a draft that is not complete.
 */
export async function startPreview(
  context: Context,
  { ref, window }: z.output<typeof StartPreviewInput>,
): Promise<RunView> {
  permit(context.actor, 'run.change');
  const { store } = context;
  const id = await store.$transaction(async (tx) => {
    const incident = await holdOpenIncident(tx, ref);
    const { planRevision, plan: draft } = await changeHeld(
      tx,
      context,
      incident,
      windowChange(incident, window),
    );
    const plan = await completePlan(tx, context, draft, incident.archiveId);
    const same = await tx.run.findFirst({
      where: {
        incidentId: incident.id,
        planRevision,
        state: { in: ['queued', 'running'] },
        cancelRequestedAt: null,
      },
      select: { id: true },
    });
    if (same !== null) return same.id;
    await cancelRuns(tx, incident.id);
    await refuseTooMuchWork(tx, context.actor);
    return await insertRun(tx, context, incident, plan, planRevision);
  });
  return readRunView(store, id);
}

function windowChange(incident: Held, window: z.output<typeof StartPreviewInput>['window']): PlanChange {
  if (window === undefined) return {};
  const draft = draftOf(incident.plan);
  const clock = window.clock ?? draft.window?.clock;
  const { from, to } = window;
  return { plan: { ...draft, window: clock === undefined ? { from, to } : { from, to, clock } } };
}

async function completePlan(
  tx: StoreTransaction,
  { env }: Context,
  draft: ReturnType<typeof draftOf>,
  archiveId: string | null,
): Promise<Plan> {
  const { plan } = parseDraft(draft);
  const problems = await missingOf(tx, env, draft, archiveId);
  if (plan !== null && problems.length === 0) return plan;
  throw new Failure('plan.invalid', `The plan is not complete: ${problems.map((p) => p.message).join(' ')}`, {
    details: { problems: problems.map(({ code, message, fix, at }) => ({ code, message, fix, ...at })) },
  });
}

async function insertRun(
  tx: StoreTransaction,
  { actor, jobs }: Context,
  incident: Held,
  plan: Plan,
  planRevision: number,
): Promise<string> {
  const newest = await tx.run.aggregate({ where: { incidentId: incident.id }, _max: { number: true } });
  const number = (newest._max.number ?? 0) + 1;
  const planSha256 = shaOfPlan(plan);
  const edition = incident.editionId === null ? null : await findEdition(tx, incident.editionId);
  const byEdition = edition !== null && edition.sha256 === contentSha(plan) ? edition : null;
  const run = await tx.run.create({
    data: {
      number,
      incidentId: incident.id,
      plan: planToFile(plan),
      planSha256,
      planRevision,
      archiveId: incident.archiveId,
      liveStoreId: incident.liveStoreId,
      editionId: byEdition?.id ?? null,
      createdBy: actor.id,
    },
  });
  await writeAudit(tx, {
    actor,
    action: 'preview.start',
    incidentId: incident.id,
    subject: `run ${run.id}`,
    detail: {
      number,
      planRevision,
      planSha256,
      ...(byEdition === null ? {} : { edition: `${byEdition.calculation}, edition ${byEdition.number}` }),
    },
  });
  await jobs.enqueue('preview', run.id, tx);
  return run.id;
}
