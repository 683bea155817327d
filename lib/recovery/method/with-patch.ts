import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import type { PatchHeader } from '#lib/patch/patch';
import type { PatchPlaces } from '#lib/recovery/method/apply';
import { openLiveStore, openWork, type Variables, type Work } from '#lib/recovery/setup/wiring';

/**
 * Opens what the verbs of a patch work with, from the run's folder alone: its header, a session that may read the
 * folder (in a process of its own: `child`), and the live store that the header names. Closes both whatever happens.
 */
export async function withPatch<T>(
  dir: string,
  work: Work,
  variables: Variables,
  verb: (places: PatchPlaces, header: PatchHeader) => Promise<T>,
  where: 'here' | 'child' = 'here',
  /** Further folders that the session may read: those of the patch that an undo puts back. */
  also: readonly string[] = [],
): Promise<T> {
  const header = await readPatchHeader(dir);
  const session = await openWork(work, { folders: [dir, ...also], files: [] }, where);
  try {
    const live = await openLiveStore(
      {
        store: header.store,
        table: header.table,
        folder: header.planFolder,
        timezone: header.liveTimezone,
        types: new Map([...header.keys, ...header.measures].map((c) => [c.name, c.type])),
      },
      variables,
    );
    try {
      return await verb({ dir, session, live }, header);
    } finally {
      await live.close();
    }
  } finally {
    await session.close();
  }
}
