import { Failure } from '#lib/base/failure';
import type { LiveStore } from '#lib/patch/live-store';
import type { PatchHeader } from '#lib/patch/patch';
import type { Context } from '#lib/recovery/context';
import { liveVariables } from '#lib/recovery/live-address';
import { openLiveStore, type Variables } from '#lib/recovery/wiring';

/** What stands for `${…}` in the plan of a run: the address of the live store that was chosen for it. Failure live.not_found. */
export async function runVariables({ store, ...context }: Context, runId: string): Promise<Variables> {
  const run = await store.run.findUnique({ where: { id: runId }, include: { liveStore: true } });
  if (run?.liveStore) return liveVariables({ store, ...context }, run.liveStore);
  throw new Failure('live.not_found', 'The live store of this run is not known any more.', {
    fix: 'Choose the live store in the set-up and preview again.',
  });
}

/** Opens the live store of a run's patch as its header names it. The caller closes it. Failures: live.*. */
export async function openIncidentStore(
  context: Context,
  runId: string,
  header: PatchHeader,
): Promise<LiveStore> {
  const { store, table, planFolder, liveTimezone, keys, measures } = header;
  const types = new Map([...keys, ...measures].map((column) => [column.name, column.type]));
  return openLiveStore(
    { store, table, folder: planFolder, timezone: liveTimezone, types },
    await runVariables(context, runId),
  );
}
