import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { DraftSchema } from '#lib/incident/draft-schema';
import type { IncidentView } from '#lib/incident/incident';
import { permit } from '#lib/recovery/access/permit';
import { insertIncident } from '#lib/recovery/incidents/open-incident';
import { viewIncident } from '#lib/recovery/incidents/read-incident';
import { ensureSampleFiles, loadSampleRows } from '#lib/recovery/incidents/sample-files';
import { surveyArchive } from '#lib/recovery/incidents/survey-archive';
import type { Context } from '#lib/recovery/setup/context';
import { oneAtATime } from '#lib/recovery/setup/one-at-a-time';
import { pointsPlan } from '#samples/points/generate';

/** Any number that nothing else takes: one sample is opened at a time, whoever asks. */
const SAMPLE_LOCK = 7_267_801;

/**
 * Opens the sample: makes its archive and its live table with the faulty rows, opens the incident and starts reading the
 * archive. An open one is answered as it is. Failure live.unreachable.
 */
export async function openSample(context: Context): Promise<IncidentView> {
  permit(context.actor, 'incident.change');
  const { store, env } = context;
  const id = await oneAtATime('sample', async () => {
    const known = await openSampleOf(store);
    if (known !== null) return known;
    await ensureSampleFiles(env);
    const made = await store.$transaction(
      async (tx) => {
        await tx.$executeRaw`select pg_advisory_xact_lock(${SAMPLE_LOCK})`;
        const other = await openSampleOf(tx);
        if (other !== null) return other;
        await loadSampleRows(context);
        return insertSample(tx, context);
      },
      { timeout: 120_000 },
    );
    await surveyArchive(context, { ref: made });
    return made;
  });
  return viewIncident(context, id);
}

async function openSampleOf(store: StoreTransaction): Promise<string | null> {
  const known = await store.incident.findFirst({
    where: { sample: 'points', closedAt: null },
    orderBy: { number: 'desc' },
    select: { id: true },
  });
  return known?.id ?? null;
}

async function insertSample(tx: StoreTransaction, context: Context): Promise<string> {
  const { actor } = context;
  const config = { sample: 'points' };
  const archive = await tx.archive.create({
    data: { name: 'Points, a week', kind: 'path', location: config, createdBy: actor.id },
  });
  const live = await tx.liveStore.create({
    data: { name: 'Sample database', kind: 'postgres', config, createdBy: actor.id },
  });
  await writeAudit(tx, {
    actor,
    action: 'sample.open',
    subject: 'sample points',
    detail: { archiveId: archive.id, liveStoreId: live.id },
  });
  const { recount: _, title, ...plan } = pointsPlan('', '');
  return insertIncident(tx, context, {
    title,
    plan: DraftSchema.parse(plan),
    archiveId: archive.id,
    liveStoreId: live.id,
    sample: 'points',
  });
}
