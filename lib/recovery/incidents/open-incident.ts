import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { fillDraft } from '#lib/incident/draft';
import { DraftSchema } from '#lib/incident/draft-schema';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';
import { permit } from '#lib/recovery/access/permit';
import { findEdition } from '#lib/recovery/calculations/calculation-record';
import { viewIncident } from '#lib/recovery/incidents/read-incident';
import { refuseErased } from '#lib/recovery/retention/erased';
import type { Context } from '#lib/recovery/setup/context';
import { draftPlaces } from '#lib/recovery/setup/incident-places';

export const Title = z.string().trim().min(1, 'needs a title').max(200, 'is longer than 200 characters');

export const OpenIncidentInput = z.object({
  title: Title,
  plan: DraftSchema.default({}),
  archiveId: z.uuid().nullable().default(null),
  liveStoreId: z.uuid().nullable().default(null),
  editionId: z.uuid().nullable().default(null),
});

/** Opens an incident with a draft of its plan. Failures: not_found for an archive or live store that is not there. */
export async function openIncident(
  context: Context,
  input: z.output<typeof OpenIncidentInput>,
): Promise<IncidentView> {
  permit(context.actor, 'incident.change');
  const id = await context.store.$transaction((tx) => insertIncident(tx, context, input));
  return viewIncident(context, id);
}

/** Writes a new incident and its line of the audit. Answers its id. */
export async function insertIncident(
  tx: StoreTransaction,
  { env, actor }: Context,
  input: Omit<z.output<typeof OpenIncidentInput>, 'editionId'> & {
    editionId?: string | null;
    sample?: string;
  },
): Promise<string> {
  const { title, archiveId, liveStoreId, editionId = null, sample = null } = input;
  await chosenEdition(tx, editionId);
  const archive = await chosenArchive(tx, archiveId);
  const live = await chosenLiveStore(tx, liveStoreId);
  const plan: DraftPlan = fillDraft(input.plan, title, draftPlaces(env, archive, live));
  const incident = await tx.incident.create({
    data: { title, plan, archiveId, liveStoreId, editionId, sample, createdBy: actor.id },
  });
  await writeAudit(tx, {
    actor,
    action: 'incident.open',
    incidentId: incident.id,
    subject: `incident ${incident.id}`,
    detail: { number: incident.number, title, archiveId, liveStoreId, editionId, sample },
  });
  return incident.id;
}

/** The archive of an id. Failures: not_found, data.erased. */
export async function chosenArchive(tx: StoreTransaction, id: string | null) {
  const found = id === null ? null : await tx.archive.findUnique({ where: { id } });
  refuseErased('The uploaded files', found?.erasedAt ?? null);
  if (id === null || found !== null) return found;
  throw new Failure('not_found', 'The chosen archive is not there any more.', { fix: 'Choose another.' });
}

/** The live store of an id. Failure not_found. */
export async function chosenLiveStore(tx: StoreTransaction, id: string | null) {
  const found = id === null ? null : await tx.liveStore.findUnique({ where: { id } });
  if (id === null || found !== null) return found;
  throw new Failure('not_found', 'The chosen live store is not there any more.', { fix: 'Choose another.' });
}

/**
 * Whether a published edition is there, of a calculation that is in use; the one that was chosen `before` may stay. Failures:
 * not_found (a draft may change, so nothing is calculated by it), conflict (it is retired).
 */
export async function chosenEdition(
  tx: StoreTransaction,
  id: string | null,
  before: string | null = null,
): Promise<void> {
  if (id === null || id === before) return;
  const edition = await findEdition(tx, id);
  if (edition?.isRetired === true)
    throw new Failure('conflict', `The calculation ${edition.calculation} is retired.`, {
      fix: 'Choose another one of the library.',
    });
  if (edition?.isPublished === true) return;
  throw new Failure('not_found', 'The chosen edition of the calculation is not published.', {
    fix: 'Choose another.',
  });
}
