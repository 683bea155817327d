import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isSideFile } from '#lib/adapters/archive/files/walk';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';
import { archivePlace, relativePath, withinPlace } from '#lib/recovery/setup/places';

const MOST = 5_000;

export const BrowseInput = z.object({ name: z.string(), path: z.string().max(4_096).default('') });

export type RootEntry = {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  /** Null for a folder. */
  readonly bytes: string | null;
};

/** The folders that archives may be read from. */
export async function listRoots({ env, actor }: Context): Promise<{ roots: { name: string }[] }> {
  permit(actor, 'archive.browse');
  return { roots: env.archiveRoots.map(({ name }) => ({ name })) };
}

/**
 * What lies in a folder under a root: folders first, by name; at most 5,000, `more` says how many are left out. Links
 * that lead out of the root are not shown. Failures: not_found, archive.outside_roots, archive.unreadable.
 */
export async function browseRoot(
  { env, actor }: Context,
  { name, path }: z.output<typeof BrowseInput>,
): Promise<{ path: string; entries: RootEntry[]; more: number }> {
  permit(actor, 'archive.browse');
  const place = archivePlace(env, { root: name, path });
  const folder = await withinPlace(place, 'not_found');
  const found = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOTDIR') throw new Failure('not_found', `${place.words} is a file, not a folder.`);
    throw new Failure('archive.unreadable', `${place.words} cannot be listed: ${cause.code}.`, { cause });
  });
  const names = found.filter((entry) => !isSideFile(entry)).sort();
  const entries = await Promise.all(
    names.slice(0, MOST).map((entry) => entryOf(place.base, join(folder, entry), entry)),
  );
  const shown = entries.filter((entry) => entry !== null);
  return {
    path: relativePath(path),
    entries: [...shown.filter((e) => e.kind === 'folder'), ...shown.filter((e) => e.kind === 'file')],
    more: Math.max(0, names.length - MOST),
  };
}

async function entryOf(base: string, full: string, name: string): Promise<RootEntry | null> {
  try {
    await withinPlace({ base, full, words: name }, 'not_found');
    const info = await stat(full);
    if (info.isDirectory()) return { name, kind: 'folder', bytes: null };
    return info.isFile() ? { name, kind: 'file', bytes: String(info.size) } : null;
  } catch {
    return null; // a broken link, one that leads out, or gone meanwhile
  }
}
