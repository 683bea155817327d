import type { ArchiveSource } from '#lib/archive/archive';
import { Failure } from '#lib/base/failure';
import { refuseErased } from '#lib/recovery/retention/erased';
import type { Context } from '#lib/recovery/setup/context';
import { placeOfArchive } from '#lib/recovery/setup/places';
import { openArchive, openWork } from '#lib/recovery/setup/wiring';
import type { Session } from '#lib/replay/session';

/**
 * Opens a recorded archive and a DuckDB process that may read its files, and read and write `folders`. Close the session
 * when done. Failures: not_found, data.erased, archive.not_found, archive.outside_roots, archive.unreadable, archive.changed where
 * the archive was moved after `at` was written.
 */
export async function openArchiveWork(
  { store, env }: Context,
  archiveId: string,
  at: string,
  folders: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly source: ArchiveSource; readonly session: Session }> {
  const archive = await store.archive.findUnique({ where: { id: archiveId } });
  if (archive === null) throw new Failure('not_found', 'The archive is not there any more.');
  refuseErased('The uploaded files', archive.erasedAt);
  const place = placeOfArchive(env, archive.location);
  if (place.full !== at) {
    throw new Failure('archive.changed', `The archive lies at ${place.words} now.`, {
      fix: 'Save the plan again, then start anew.',
    });
  }
  const source = openArchive(at, env.dataDir, [place.base]);
  const files = await Promise.all((await source.list()).map((file) => source.local(file)));
  const { dataDir, memoryLimit, threads } = env;
  const work = { dataDir, memoryLimit, threads, ...(signal ? { signal } : {}) };
  return { source, session: await openWork(work, { folders, files }, 'child') };
}
