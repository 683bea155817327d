import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { Failure } from '#lib/base/failure';
import type { LiveStore } from '#lib/patch/live-store';
import type { PatchHeader } from '#lib/patch/patch';
import type { Context } from '#lib/recovery/setup/context';
import { type LiveRecord, liveVariables } from '#lib/recovery/setup/live-address';
import { openRecordedStore, requireRecordedFile } from '#lib/recovery/setup/open-recorded-store';
import type { Variables } from '#lib/recovery/setup/wiring';

type Reach = Pick<Context, 'store' | 'env' | 'key'>;

async function liveRecord({ store }: Reach, runId: string): Promise<LiveRecord> {
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
export async function runVariables(context: Reach, runId: string): Promise<Variables> {
  const record = await liveRecord(context, runId);
  if (record.kind === 'file') {
    const { dir } = await context.store.run.findUniqueOrThrow({ where: { id: runId } });
    if (dir !== null) {
      const { store, planFolder: folder } = await readPatchHeader(dir);
      await requireRecordedFile(context, record, { store, folder });
    }
  }
  return liveVariables(context, record);
}

/** Opens the live store of a run's patch as its header names it. The caller closes it. Failures: live.*, archive.outside_roots. */
export async function openIncidentStore(
  context: Reach,
  runId: string,
  header: PatchHeader,
): Promise<LiveStore> {
  const { store, table, planFolder, liveTimezone, keys, measures } = header;
  const types = new Map([...keys, ...measures].map((column) => [column.name, column.type]));
  const at = { store, table, folder: planFolder, timezone: liveTimezone, types };
  return openRecordedStore(context, await liveRecord(context, runId), at);
}
