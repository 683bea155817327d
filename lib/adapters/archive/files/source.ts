import { access, constants, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { regular, walk } from '#lib/adapters/archive/files/walk';
import type { ArchiveSource, ListedFile } from '#lib/archive/archive';
import { compileGlob, isGlob } from '#lib/archive/glob';
import { isHiveKey, partitionKeys, partitionOf } from '#lib/archive/partition';
import { Failure } from '#lib/base/failure';
import type { Layout } from '#lib/plan/plan';

export type FilesSourceOptions = {
  /** A file, a folder (everything below it) or a pattern of `*`, `**`, `?`, `[a-z]`, `{a,b}`. */
  readonly at: string;
  /** What a relative `at` is relative to. */
  readonly baseDir: string;
  /** `plain` takes folder names like `hour=99` as names only. Default `auto`. */
  readonly layout?: Layout | 'auto';
  /** Where given, every file must really lie under one of these folders. */
  readonly roots?: readonly string[];
};

/**
 * An archive in local files. A file's listed path is relative to the folder before the first glob character
 * of `at` (a single file: its name), so that a moved archive has the same manifest. Side files (`_SUCCESS`,
 * `.crc`, dot files) are left out. A name with special characters is a name: `at` that exists as it is written
 * is never a pattern.
 */
export function filesSource(options: FilesSourceOptions): ArchiveSource {
  let root: string | null = null;
  return {
    async list() {
      const listing = await listFiles(options);
      root = listing.root;
      return listing.files;
    },
    async local(file) {
      root ??= (await listFiles(options)).root;
      const full = join(root, file.path);
      try {
        const real = await realpath(full);
        await withinRoots(real, options.roots, file.path);
        await regular(real, file.path);
        await access(real, constants.R_OK);
        return real;
      } catch (cause) {
        if (cause instanceof Failure) throw cause;
        const denied = (cause as NodeJS.ErrnoException).code === 'EACCES';
        throw new Failure(
          'archive.unreadable',
          `${file.path} cannot be read: ${denied ? 'permission denied' : 'it is not there'}.`,
          { at: { file: file.path }, cause },
        );
      }
    },
  };
}

type Listing = { readonly root: string; readonly files: readonly ListedFile[] };

async function listFiles(options: FilesSourceOptions): Promise<Listing> {
  const { at, baseDir, roots } = options;
  if (at.includes('\0')) throw new Failure('archive.not_found', 'The archive path holds a NUL character.');
  const full = isAbsolute(at) ? at : resolve(baseDir, at);
  const written = await kindOf(full);
  if (written === 'file' || written === 'other') {
    const real = await realpath(full);
    await withinRoots(real, roots, at);
    const found = await regular(real, basename(full));
    return { root: dirname(full), files: [listed({ ...found, path: basename(full) }, options)] };
  }
  const glob = compileGlob(written === 'folder' || !isGlob(full) ? `${trimSlash(full)}/**` : full);
  const root = glob.base === '' ? sep : glob.base;
  if ((await kindOf(root)) !== 'folder') throw notFound(at, await nearestFolder(root));
  await withinRoots(await realpath(root), roots, at);
  const found = await walk(root, glob.matches);
  if (found.length === 0) throw notFound(at, root);
  const files = found.map((f) => listed(f, options));
  return { root, files: files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))) };
}

function listed(found: { path: string; bytes: bigint }, options: FilesSourceOptions): ListedFile {
  const keys = options.layout === 'plain' ? [] : partitionKeys(found.path);
  const timed = keys.some(({ key }) => isHiveKey(key));
  return { ...found, partitionKeys: keys, partition: timed ? partitionOf(found.path, keys) : null };
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'other' | null> {
  try {
    const info = await stat(path);
    return info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other';
  } catch {
    return null;
  }
}

async function withinRoots(real: string, roots: readonly string[] | undefined, shown: string): Promise<void> {
  if (roots === undefined) return;
  for (const root of roots) {
    const folder = await realpath(root).catch(() => null);
    if (folder !== null && (real === folder || real.startsWith(trimSlash(folder) + sep))) return;
  }
  throw new Failure('archive.outside_roots', `${shown} lies outside the folders that may be read.`);
}

const trimSlash = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, '') : '');

async function nearestFolder(path: string): Promise<string> {
  let folder = path;
  while ((await kindOf(folder)) !== 'folder' && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

const notFound = (at: string, nearest: string): Failure =>
  new Failure('archive.not_found', `No file matches ${at}; the nearest folder that is there is ${nearest}.`, {
    at: { path: 'archive.at' },
  });
