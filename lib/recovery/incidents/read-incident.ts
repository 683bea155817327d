import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { readIncidentFacts } from '#lib/adapters/store/incident-facts';
import { Bug } from '#lib/base/failure';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';
import { PATCH_STATES } from '#lib/patch/patch';
import { permit } from '#lib/recovery/access/permit';
import { draftSha, findEdition } from '#lib/recovery/calculations/calculation-record';
import { listed, missingOf } from '#lib/recovery/incidents/incident-missing';
import { standingOfFacts } from '#lib/recovery/incidents/incident-standing';
import { readSurveyed, type SurveyRecord, surveyWords } from '#lib/recovery/incidents/survey-record';
import { readErased } from '#lib/recovery/retention/read-erased';
import { readRunView } from '#lib/recovery/runs/run-view';
import type { Context } from '#lib/recovery/setup/context';
import { type IncidentRef, incidentId } from '#lib/recovery/setup/find-incident';
import { archiveWords, draftOf } from '#lib/recovery/setup/incident-places';
import { isoOf, isoOrNull } from '#lib/recovery/setup/iso';

/** An incident as its workspace shows it. Failure not_found. */
export async function readIncident(
  context: Context,
  { ref }: z.output<typeof IncidentRef>,
): Promise<IncidentView> {
  permit(context.actor, 'incident.read');
  return viewIncident(context, await incidentId(context.store, ref));
}

export async function viewIncident(context: Context, id: string): Promise<IncidentView> {
  const { store, env } = context;
  const [facts] = await readIncidentFacts(store, id);
  if (facts === undefined) throw new Bug(`incident ${id} is gone`);
  const incident = await store.incident.findUniqueOrThrow({
    where: { id },
    include: { archive: true, liveStore: true },
  });
  const [run, patch, survey] = await Promise.all([
    store.run.findFirst({ where: { incidentId: id }, orderBy: { number: 'desc' }, select: { id: true } }),
    store.patch.findFirst({
      where: shownPatch(id),
      orderBy: { number: 'desc' },
      include: { undoes: { select: { number: true } } },
    }),
    readSurveyed(store, id, incident.archiveId),
  ]);
  const plan = draftOf(incident.plan);
  const { stage, stageWord, tone } = standingOfFacts(facts);
  return {
    id,
    number: incident.number,
    title: incident.title,
    stage,
    stageWord,
    tone,
    plan,
    planRevision: incident.planRevision,
    missing: listed(await missingOf(store, env, plan, incident.archiveId)),
    archive: incident.archive === null ? null : archiveWords(env, incident.archive),
    liveStore: incident.liveStore === null ? null : liveWords(incident.liveStore),
    edition: await editionOf(store, incident.editionId, plan),
    survey: survey === null ? null : surveyOf(survey, plan),
    latestRun: run === null ? null : await readRunView(store, run.id),
    patch: patch === null ? null : patchOf(patch),
    closedAt: isoOrNull(incident.closedAt),
    erased: await readErased(store, id),
    owner: facts.owner,
    openedAt: isoOf(incident.createdAt),
    updatedAt: isoOf(facts.updated_at),
    sample: incident.sample !== null,
  };
}

async function editionOf(
  store: StoreTransaction,
  id: string | null,
  plan: DraftPlan,
): Promise<IncidentView['edition']> {
  const edition = id === null ? null : await findEdition(store, id);
  if (edition === null) return null;
  const { sha256, isPublished: _published, isRetired: _retired, ...name } = edition;
  return { ...name, isUnchanged: draftSha(plan) === sha256 };
}

/** The newest patch; an undo that came to nothing leaves the patch standing that it was to put back. */
const shownPatch = (incidentId: string) => ({
  incidentId,
  OR: [{ undoesId: null }, { state: { notIn: ['cancelled', 'failed', 'stale', 'lost'] } }],
});

const liveWords = (live: { id: string; name: string; kind: string }): IncidentView['liveStore'] => ({
  id: live.id,
  name: live.name,
  kind: live.kind === 'file' ? 'file' : 'postgres',
});

function surveyOf(survey: SurveyRecord, plan: DraftPlan): IncidentView['survey'] {
  const { id, state, result, erasedAt } = survey;
  const asNow = isDeepStrictEqual(survey.archive.plan, plan.archive ?? {});
  return {
    id,
    state,
    words: state === 'done' && !asNow ? 'Read before the mapping changed' : surveyWords(survey),
    events: result?.accepted ?? null,
    files: result?.files ?? null,
    erasedAt: isoOrNull(erasedAt),
  };
}

type ShownPatch = {
  readonly id: string;
  readonly number: number;
  readonly state: string;
  readonly seal: string;
  readonly undoes: { readonly number: number } | null;
};

function patchOf(patch: ShownPatch): IncidentView['patch'] {
  const state = PATCH_STATES.find((known) => known === patch.state);
  if (state === undefined) throw new Bug(`patch ${patch.id} is in the unknown state ${patch.state}`);
  const { id, number, seal, undoes } = patch;
  return { id, number, state, seal, undoes: undoes?.number ?? null };
}
