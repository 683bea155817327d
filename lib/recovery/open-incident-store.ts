import { Failure } from '#lib/base/failure';
import type { LiveStore } from '#lib/patch/live-store';
import type { PatchHeader } from '#lib/patch/patch';
import type { Context } from '#lib/recovery/context';
import { filePlace, type LiveRecord, liveVariables } from '#lib/recovery/live-address';
import { withinPlace } from '#lib/recovery/places';
import { type LiveStoreAt, openLiveStore } from '#lib/recovery/wiring';

/**
 * Opens the live store that a run was previewed against, by its record: the address and the password come from there,
 * never from the plan. Close it when done. Failures: not_found, live.unreachable (a password that can't be opened),
 * live.not_found, archive.outside_roots.
 */
export async function openIncidentStore(
  context: Context,
  runId: string,
  header: PatchHeader,
): Promise<LiveStore> {
  const run = await context.store.run.findUnique({ where: { id: runId }, include: { liveStore: true } });
  if (run?.liveStore == null) {
    throw new Failure('not_found', "The run's live store is not there any more.", { fix: 'Preview again.' });
  }
  return openRecordedStore(context, run.liveStore, {
    store: header.store,
    table: header.table,
    folder: header.planFolder,
    timezone: header.liveTimezone,
    types: new Map([...header.keys, ...header.measures].map((c) => [c.name, c.type])),
  });
}

/** Opens a store as a plan names it, with what its record knows. A file must still lie where it may be read. */
export async function openRecordedStore(
  context: Context,
  record: LiveRecord,
  at: LiveStoreAt,
): Promise<LiveStore> {
  if (record.kind === 'file') await withinPlace(filePlace(context.env, record.config), 'live.not_found');
  return openLiveStore(at, liveVariables(context, record));
}
