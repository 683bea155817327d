import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Failure } from '#lib/base/failure';

/** A file that was found: its path below the start folder, with `/`, and its size. */
export type Found = { readonly path: string; readonly bytes: bigint };

/** Files that tools leave beside data. */
export const isSideFile = (name: string): boolean =>
  name.startsWith('.') || name.startsWith('_') || name.endsWith('.crc');

/**
 * Every regular file below a folder that `wanted` takes, side files left out. A symbolic link is followed when
 * it stays inside the folder. What is wanted and is no regular file is an error naming it.
 * Failures: archive.unreadable, archive.outside_roots.
 */
export async function walk(root: string, wanted: (path: string) => boolean): Promise<Found[]> {
  const found: Found[] = [];
  const real = await realpath(root);
  await visit(real, root, '', wanted, found, [real]);
  return found;
}

async function visit(
  real: string,
  folder: string,
  prefix: string,
  wanted: (path: string) => boolean,
  found: Found[],
  above: readonly string[],
): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new Failure(
      'archive.unreadable',
      `The folder ${prefix || folder} cannot be listed: ${words(cause)}`,
      {
        fix: 'Give the account that runs Recount the right to read it.',
        cause,
      },
    );
  }
  for (const entry of entries) {
    if (isSideFile(entry.name)) continue;
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    const full = join(folder, entry.name);
    if (entry.isDirectory()) {
      refuseFolderAsFile(path, wanted);
      await visit(real, full, path, wanted, found, above);
    } else if (entry.isSymbolicLink()) {
      await visitLink(real, full, path, wanted, found, above);
    } else if (wanted(path)) {
      found.push(await regular(full, path));
    }
  }
}

async function visitLink(
  real: string,
  full: string,
  path: string,
  wanted: (path: string) => boolean,
  found: Found[],
  above: readonly string[],
): Promise<void> {
  let target: string;
  try {
    target = await realpath(full);
  } catch (cause) {
    if (!wanted(path)) return;
    throw new Failure('archive.unreadable', `${path} is a symbolic link that leads nowhere.`, { cause });
  }
  const folder = (await stat(target)).isDirectory();
  if (!folder && !wanted(path)) return;
  if (target !== real && !target.startsWith(real + sep)) {
    throw new Failure('archive.outside_roots', `${path} is a symbolic link out of the archive's folder.`, {
      fix: 'Put the file itself there, or point the archive at the folder that holds it.',
      at: { file: path },
    });
  }
  if (!folder) found.push(await regular(target, path));
  else if (above.includes(target)) return;
  else await visit(real, target, path, wanted, found, [...above, target]);
}

function refuseFolderAsFile(path: string, wanted: (path: string) => boolean): void {
  if (/\.(?:csv|parquet|json|ndjson|jsonl)(?:\.(?:gz|zst))?$/i.test(path) && wanted(path)) {
    throw new Failure('archive.unreadable', `${path} is a folder, not a file.`, {
      fix: 'Rename it, or use a pattern that leaves it out.',
      at: { file: path },
    });
  }
}

/** A regular file's size. Failure archive.unreadable for a pipe, a socket, a device. */
export async function regular(full: string, path: string): Promise<Found> {
  let info: Awaited<ReturnType<typeof lstat>>;
  try {
    info = await lstat(full);
  } catch (cause) {
    throw new Failure('archive.unreadable', `${path} cannot be read: ${words(cause)}`, { cause });
  }
  if (!info.isFile()) {
    const what = info.isFIFO() ? 'a pipe' : info.isDirectory() ? 'a folder' : 'no regular file';
    throw new Failure('archive.unreadable', `${path} is ${what}, not a file.`, {
      fix: 'Archives are read from regular files; leave it out.',
      at: { file: path },
    });
  }
  return { path, bytes: BigInt(info.size) };
}

const words = (cause: unknown): string => {
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ENOENT') return 'it is not there';
  return code ?? String(cause);
};
