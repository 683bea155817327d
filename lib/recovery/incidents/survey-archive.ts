import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { checkCalculation } from '#lib/adapters/expressions/check-calculation';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import { archiveOfDraft, planWithoutWindow } from '#lib/incident/draft';
import type { DraftPlan } from '#lib/incident/incident';
import { permit } from '#lib/recovery/access/permit';
import { notArrived } from '#lib/recovery/incidents/incident-missing';
import { readSurveyed, type SurveyedArchive } from '#lib/recovery/incidents/survey-record';
import type { Context } from '#lib/recovery/setup/context';
import { holdOpenIncident, type IncidentRef } from '#lib/recovery/setup/find-incident';
import { draftOf } from '#lib/recovery/setup/incident-places';
import { readerSession } from '#lib/recovery/setup/reader-session';
import type { RunState } from '#lib/replay/run';

/**
 * Starts reading an incident's whole archive. A reading of the same archive in the same way that is not finished is
 * answered instead; another one is stopped. Failures: not_found, conflict, plan.invalid with every problem of the
 * archive's part of the draft.
 */
export async function surveyArchive(
  context: Context,
  { ref }: z.output<typeof IncidentRef>,
): Promise<{ id: string; state: RunState }> {
  permit(context.actor, 'incident.change');
  const { store, actor, jobs } = context;
  return await store.$transaction(async (tx) => {
    const incident = await holdOpenIncident(tx, ref);
    const draft = draftOf(incident.plan);
    const { problems } = archiveOfDraft(draft);
    const { archiveId } = incident;
    const all = [...problems, ...(archiveId === null ? [] : await notArrived(tx, archiveId))];
    if (archiveId === null || all.length > 0) {
      throw new Failure(
        'plan.invalid',
        `The archive cannot be read yet: ${all.map((p) => p.message).join(' ')}`,
        {
          details: { problems: all.map(({ code, message, fix, at }) => ({ code, message, fix, ...at })) },
        },
      );
    }
    const archive = await surveyed(context, draft, archiveId);
    const newest = await readSurveyed(tx, incident.id, archiveId);
    if (newest !== null && isUnderWay(newest.state) && isDeepStrictEqual(newest.archive, archive))
      return { id: newest.id, state: newest.state };
    await tx.survey.updateMany({
      where: { incidentId: incident.id, state: { in: ['queued', 'running'] } },
      data: { state: 'cancelled', finishedAt: new Date() },
    });
    const survey = await tx.survey.create({
      data: { incidentId: incident.id, archive: { ...archive, usedColumns: [...archive.usedColumns] } },
    });
    await writeAudit(tx, {
      actor,
      action: 'survey.start',
      incidentId: incident.id,
      subject: `survey ${survey.id}`,
      detail: { archiveId },
    });
    await jobs.enqueue('survey', survey.id, tx);
    return { id: survey.id, state: 'queued' as const };
  });
}

/** What is read and how: as a preview of this draft would read it, so that both share what is staged. */
async function surveyed({ env }: Context, draft: DraftPlan, archiveId: string): Promise<SurveyedArchive> {
  const plan = planWithoutWindow(draft);
  const checked = plan === null ? null : await checkCalculation(await readerSession(env), plan);
  return {
    archiveId,
    plan: draft.archive ?? {},
    clock: draft.window?.clock === 'ingested' ? 'ingested' : 'time',
    usedColumns: checked?.calculation?.columns ?? [],
  };
}

const isUnderWay = (state: RunState): boolean => state === 'queued' || state === 'running';
