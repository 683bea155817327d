import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';
import { checkWritten } from '#lib/adapters/expressions/check-calculation';
import { Failure, type Problem } from '#lib/base/failure';
import { DraftSchema } from '#lib/incident/draft-schema';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';
import { locateProblems } from '#lib/plan/locate';
import { parsePlan } from '#lib/plan/parse';
import type { LivePlan, Plan } from '#lib/plan/plan';
import { storeKind } from '#lib/plan/store-text';
import { planToFile } from '#lib/plan/to-file';
import { permit } from '#lib/recovery/access/permit';
import { insertArchive, type NewArchive } from '#lib/recovery/archives/add-archive';
import { insertIncident } from '#lib/recovery/incidents/open-incident';
import { viewIncident } from '#lib/recovery/incidents/read-incident';
import { addLiveStore } from '#lib/recovery/live-stores/add-live-store';
import { checkFailure } from '#lib/recovery/method/check';
import type { Context } from '#lib/recovery/setup/context';
import { filePlace } from '#lib/recovery/setup/live-address';
import { type Rooted, rootedPath } from '#lib/recovery/setup/place-of-path';
import { archivePlace, placeOfArchive, withinPlace } from '#lib/recovery/setup/places';
import { readerSession } from '#lib/recovery/setup/reader-session';
import { openArchive } from '#lib/recovery/setup/wiring';

const MOST = 1_000_000;

export const OpenPlanInput = z.object({
  text: z.string().min(1, 'is empty').max(MOST, 'is too long for a plan'),
});

/**
 * Opens a plan file as an incident. Its archive must lie under a configured root, or be one that is known already; a
 * live store that is a database, or that `${NAME}` hides, is chosen afterwards. Failure plan.invalid (or the code of a
 * source) with every problem, its line and column; then nothing is written.
 */
export async function openPlan(
  context: Context,
  { text }: z.output<typeof OpenPlanInput>,
): Promise<IncidentView> {
  permit(context.actor, 'incident.change');
  const { plan, problems: wrong, parts } = parsePlan(text);
  const expressions = await checkWritten(await readerSession(context.env), parts);
  const problems: Problem[] = [...wrong, ...expressions.problems];
  const { archive: read, live } = parts;
  const archive =
    read === null ? null : await told(problems, 'archive.at', () => findArchive(context, read.at));
  const file = live === null ? null : await told(problems, 'live.store', () => findFile(context, live));
  if (plan === null || archive === null || problems.length > 0) {
    throw checkFailure(locateProblems(text, problems));
  }
  const title = (plan.title?.trim() || plan.calculation.name).slice(0, 200);
  const liveStoreId = file?.id ?? (file?.place ? await addFile(context, file.place) : null);
  const id = await context.store.$transaction(async (tx) => {
    const archiveId = archive.id ?? randomUUID();
    if (archive.make !== null) await insertArchive(tx, context.actor, archiveId, archive.make);
    return insertIncident(tx, context, { title, plan: draftOfPlan(plan), archiveId, liveStoreId });
  });
  return viewIncident(context, id);
}

/** A plan as the forms edit it. */
function draftOfPlan(plan: Plan): DraftPlan {
  const { recount: _format, title: _title, ...draft } = planToFile(plan);
  return DraftSchema.parse(draft);
}

type FoundArchive = { readonly id: string | null; readonly make: NewArchive | null };

/** The archive of a path: one that is known already, uploads too, else a new one under a root. */
async function findArchive({ store, env }: Context, at: string): Promise<FoundArchive> {
  const known = await store.archive.findMany({ orderBy: { createdAt: 'desc' } });
  const same = known.find((one) => fullOf(() => placeOfArchive(env, one.location)) === at);
  if (same !== undefined) return { id: same.id, make: null };
  const location = await rootedPath(env, at, ({ full, base }) =>
    openArchive(full, env.dataDir, [base]).list(),
  );
  const { full } = archivePlace(env, location);
  const again = known.find((one) => fullOf(() => placeOfArchive(env, one.location)) === full);
  if (again !== undefined) return { id: again.id, make: null };
  return { id: null, make: { kind: 'path', name: basename(location.path) || location.root, location } };
}

type FoundFile = { readonly id: string | null; readonly place: Rooted | null };

/** The live store of a file; neither known nor placed for what is chosen afterwards. */
async function findFile({ store, env }: Context, live: LivePlan): Promise<FoundFile> {
  if (storeKind(live.store) !== 'file' || live.store.includes('${')) return { id: null, place: null };
  const known = await store.liveStore.findMany({ where: { kind: 'file' }, orderBy: { createdAt: 'desc' } });
  const idOf = (path: string) =>
    known.find((one) => fullOf(() => filePlace(env, one.config)) === path)?.id ?? null;
  const same = idOf(live.store);
  if (same !== null) return { id: same, place: null };
  const place = await rootedPath(env, live.store, (at) => withinPlace(at, 'live.not_found'));
  return { id: idOf(archivePlace(env, place).full), place };
}

const addFile = async (context: Context, place: Rooted): Promise<string> =>
  (await addLiveStore(context, { kind: 'file', ...place })).id;

/** The path of a record's place; null where its root is configured no more. */
function fullOf(place: () => { readonly full: string }): string | null {
  try {
    return place().full;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** Runs a step; what it refuses becomes a problem of that field. */
async function told<T>(problems: Problem[], path: string, step: () => Promise<T>): Promise<T | null> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, fix } = error;
    problems.push({ code, message, fix, at: { path } });
    return null;
  }
}
