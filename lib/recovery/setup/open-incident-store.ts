import { Failure } from '#lib/base/failure';
import type { LiveStore } from '#lib/patch/live-store';
import type { PatchHeader } from '#lib/patch/patch';
import type { Context } from '#lib/recovery/setup/context';
import { filePlace, type LiveRecord, liveVariables } from '#lib/recovery/setup/live-address';
import { openRecordedStore } from '#lib/recovery/setup/open-recorded-store';
import { withinPlace } from '#lib/recovery/setup/places';
import type { Variables } from '#lib/recovery/setup/wiring';

async function liveRecord({ store }: Context, runId: string): Promise<LiveRecord> {
  const run = await store.run.findUnique({ where: { id: runId }, include: { liveStore: true } });
  if (run?.liveStore) return run.liveStore;
  throw new Failure('live.not_found', 'The live store of this run is not known any more.', {
    fix: 'Choose the live store in the set-up and preview again.',
  });
}

/**
 * What stands for `${…}` in the plan of a run: the address of the live store that was chosen for it. A file must still
 * lie where it may be read. Failures: live.not_found, archive.outside_roots, not_found.
 */
export async function runVariables(context: Context, runId: string): Promise<Variables> {
  const record = await liveRecord(context, runId);
  if (record.kind === 'file') await withinPlace(filePlace(context.env, record.config), 'live.not_found');
  return liveVariables(context, record);
}

/** Opens the live store of a run's patch as its header names it. The caller closes it. Failures: live.*, archive.outside_roots. */
export async function openIncidentStore(
  context: Context,
  runId: string,
  header: PatchHeader,
): Promise<LiveStore> {
  const { store, table, planFolder, liveTimezone, keys, measures } = header;
  const types = new Map([...keys, ...measures].map((column) => [column.name, column.type]));
  const at = { store, table, folder: planFolder, timezone: liveTimezone, types };
  return openRecordedStore(context, await liveRecord(context, runId), at);
}
