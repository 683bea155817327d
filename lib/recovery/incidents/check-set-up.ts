import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { Failure, type Problem } from '#lib/base/failure';
import { archiveOfDraft } from '#lib/incident/draft';
import type { IncidentView } from '#lib/incident/incident';
import type { LiveStore, LiveTable } from '#lib/patch/live-store';
import type { Parts } from '#lib/plan/cross-checks';
import { parseDraft } from '#lib/plan/parse';
import { permit } from '#lib/recovery/access/permit';
import { openArchiveWork } from '#lib/recovery/archives/open-archive-work';
import { listed } from '#lib/recovery/incidents/incident-missing';
import { checkParts } from '#lib/recovery/method/check';
import type { Context } from '#lib/recovery/setup/context';
import { type IncidentRef, incidentId } from '#lib/recovery/setup/find-incident';
import { draftOf, planFolderOf } from '#lib/recovery/setup/incident-places';
import type { LiveRecord } from '#lib/recovery/setup/live-address';
import { openRecordedStore } from '#lib/recovery/setup/open-recorded-store';

/**
 * Holds what is set up against the beginnings of the archive's files and the live table: columns that are not there, by
 * name, and the copy that a running total begins with. Types are worked out by the preview, which reads all records.
 * Failures: not_found, archive.*, live.*.
 */
export async function checkSetUp(
  context: Context,
  { ref }: z.output<typeof IncidentRef>,
  request: Request,
): Promise<{ readonly problems: IncidentView['missing'] }> {
  permit(context.actor, 'live_store.use');
  const { store } = context;
  const incident = await store.incident.findUniqueOrThrow({
    where: { id: await incidentId(store, ref) },
    include: { liveStore: true },
  });
  const draft = draftOf(incident.plan);
  const { parts } = parseDraft(draft);
  const { archive } = archiveOfDraft(draft);
  if (incident.archiveId === null || archive === null) return { problems: [] };
  const { source, session } = await openArchiveWork(
    context,
    incident.archiveId,
    archive.at,
    [],
    request.signal,
  );
  try {
    await session.lock();
    const live = await openLive(context, incident.liveStore, parts);
    const found = await checkParts(parts, { session, source, live: live === null ? null : async () => live });
    return { problems: listed([...found, ...(await missingCopy(context, incident.liveStore, parts))]) };
  } finally {
    await session.close();
  }
}

/** The chosen live table; null while none is chosen. */
async function openLive(
  context: Context,
  record: LiveRecord | null,
  { live }: Parts,
): Promise<LiveStore | null> {
  if (record === null || live === null || (record.kind !== 'file' && live.table === null)) return null;
  const folder = planFolderOf(context.env, live.store);
  return openRecordedStore(context, record, {
    store: live.store,
    table: live.table,
    folder,
    timezone: 'UTC',
  });
}

/** A copy that is not there. A file lies beside the live file. */
async function missingCopy(
  context: Context,
  record: LiveRecord | null,
  { live, written }: Parts,
): Promise<readonly Problem[]> {
  if (record === null || live === null || live.baseline === null || live.baseline === 'none') return [];
  const { table } = live.baseline;
  const folder = planFolderOf(context.env, live.store);
  const at = { path: 'live.baseline.table' };
  // a path is followed by the preview alone, which asks whether it may be read
  if (record.kind === 'file' && basename(table) !== table) return [];
  if (record.kind === 'file') {
    const isThere = await access(join(folder, table)).then(
      () => true,
      () => false,
    );
    const message = `There is no file ${table} beside the live file.`;
    return isThere ? [] : [{ code: 'live.not_found', message, fix: 'Put it there, or name another.', at }];
  }
  const copy = await openRecordedStore(context, record, {
    store: live.store,
    table,
    folder,
    timezone: 'UTC',
  });
  try {
    const { columns } = await copy.describe();
    return otherColumns(table, columns, live.keys, written);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ code: error.code, message: error.message, fix: error.fix, at }];
  } finally {
    await copy.close();
  }
}

/** Columns that the recalculation adds to and that the copy does not have. */
function otherColumns(
  table: string,
  columns: LiveTable['columns'],
  keys: readonly string[],
  { versions }: Parts['written'],
): readonly Problem[] {
  const has = new Set(columns.map(({ name }) => name));
  const measures = versions[0]?.measures.map(({ name }) => name) ?? [];
  const missing = [...keys, ...measures].filter((name) => !has.has(name));
  return missing.length === 0
    ? []
    : [
        {
          code: 'plan.live.column_unknown',
          message: `The copy ${table} has no column ${missing.join(', ')}.`,
          fix: 'Choose a copy with the columns of the live table.',
          at: { path: 'live.baseline.table' },
        },
      ];
}
