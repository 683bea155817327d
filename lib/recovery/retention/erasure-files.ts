import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { isCode } from '#lib/adapters/lock/lock-file';
import { contentDir } from '#lib/adapters/staging/part-cache';
import type { Context } from '#lib/recovery/setup/context';
import {
  ArchiveLocation,
  patchFolder,
  runFolder,
  surveyFolder,
  uploadFolder,
} from '#lib/recovery/setup/places';
import { stageFolder } from '#lib/recovery/setup/wiring';

/** A folder whose files go, but for those that are kept by name; it goes itself where none is. */
export type Going = { readonly folder: string; readonly keep: readonly string[] };
export type Size = { readonly files: number; readonly bytes: number };

const HEADER = [RUN_FILES.patch];
const ROWS = [RUN_FILES.patch, RUN_FILES.patchRows];

/**
 * What of an incident is to go, told from its records alone: whoever goes on with a broken-off erasure comes to the same.
 */
export async function goingOf(
  { store, env }: Pick<Context, 'store' | 'env'>,
  incidentId: string,
): Promise<Going[]> {
  const isErased = { erasedAt: { not: null } };
  const runs = await store.run.findMany({
    where: { incidentId, ...isErased },
    select: { id: true, patches: { where: { dir: null }, select: { erasedAt: true } } },
  });
  const patches = await store.patch.findMany({
    where: { incidentId, dir: { not: null }, OR: [isErased, { run: isErased }] },
    select: { id: true, erasedAt: true },
  });
  const surveys = await store.survey.findMany({ where: { incidentId, ...isErased }, select: { id: true } });
  const archives = await store.archive.findMany({
    where: {
      ...isErased,
      OR: [{ incidents: { some: { id: incidentId } } }, { runs: { some: { incidentId } } }],
    },
  });
  const keptOf = (own: readonly { readonly erasedAt: Date | null }[]): readonly string[] =>
    own.length === 0 ? [] : own.some(({ erasedAt }) => erasedAt === null) ? ROWS : HEADER;
  return [
    ...runs.map(({ id, patches: own }) => ({ folder: runFolder(env, id), keep: keptOf(own) })),
    ...patches.map((patch) => ({ folder: patchFolder(env, patch.id), keep: keptOf([patch]) })),
    ...surveys.map(({ id }) => ({ folder: surveyFolder(env, id), keep: [] })),
    ...archives.flatMap(({ location }) => {
      const at = ArchiveLocation.parse(location);
      return 'folder' in at ? [{ folder: uploadFolder(env, at.folder), keep: [] }] : [];
    }),
  ];
}

/** Folders of staged contents. */
export const stagedOf = ({ dataDir }: Context['env'], contents: readonly string[]): Going[] =>
  contents.map((sha256) => ({ folder: contentDir(stageFolder(dataDir), sha256), keep: [] }));

/** How much of it is there now. */
export async function measure(going: readonly Going[]): Promise<Size> {
  let [files, bytes] = [0, 0];
  for (const { folder, keep } of going) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(noneIfGone);
    for (const entry of entries) {
      if (!entry.isFile() || (entry.parentPath === folder && keep.includes(entry.name))) continue;
      const found = await stat(join(entry.parentPath, entry.name)).catch(() => null);
      files += found === null ? 0 : 1;
      bytes += found?.size ?? 0;
    }
  }
  return { files, bytes };
}

/** Removes it; what is gone already is no error. */
export async function removeAll(going: readonly Going[]): Promise<void> {
  for (const { folder, keep } of going) {
    if (keep.length === 0) await rm(folder, { recursive: true, force: true });
    else
      for (const name of await readdir(folder).catch(noneIfGone))
        if (!keep.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function noneIfGone(error: unknown): [] {
  if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return [];
  throw error;
}
