import { realpath } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { z } from 'zod';
import type { Code } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import type { Env } from '#lib/recovery/setup/env';

/** Where files lie that a page named: a folder that nothing leads out of, and a path in it. */
export type Place = { readonly base: string; readonly full: string; readonly words: string };

/** A record's or a request's words for a place: under a configured root, in an upload, or the sample's archive. */
export type PlaceName =
  | { readonly root: string; readonly path: string }
  | { readonly uploads: string; readonly path: string }
  | { readonly sample: 'points' };

/** An archive's `location` as its record has it. */
export const ArchiveLocation = z.union([
  z.object({ root: z.string(), path: z.string() }),
  z.object({ folder: z.uuid() }),
  z.object({ sample: z.literal('points') }),
]);

export const uploadFolder = (env: Env, archiveId: string): string => join(env.dataDir, 'uploads', archiveId);
/** Files that arrived whole; parts lie beside this folder, so that no half file is ever read as archive. */
export const filesFolder = (env: Env, archiveId: string): string =>
  join(uploadFolder(env, archiveId), 'files');
export const partPath = (env: Env, archiveId: string, fileId: string): string =>
  join(uploadFolder(env, archiveId), 'parts', `${fileId}.part`);
export const sampleFolder = (env: Env): string => join(env.dataDir, 'samples', 'points');
export const surveyFolder = (env: Env, id: string): string => join(env.dataDir, 'surveys', id);
export const patchFolder = (env: Env, id: string): string => join(env.dataDir, 'patches', id);
export const runFolder = (env: Env, id: string): string => join(env.dataDir, 'runs', id);

/** Every folder that a recorded archive may lie in. */
export const archiveFolders = (env: Env): string[] => [
  ...env.archiveRoots.map((root) => root.path),
  join(env.dataDir, 'uploads'),
  join(env.dataDir, 'samples'),
];

/** Finds a place. Reads no disk. Failures: not_found for an unknown root, archive.outside_roots for `..`. */
export function archivePlace(env: Env, name: PlaceName): Place {
  if ('sample' in name) {
    const base = join(sampleFolder(env), 'archive');
    return { base, full: base, words: 'samples/points/archive' };
  }
  const path = relativePath(name.path);
  if ('uploads' in name) {
    const base = filesFolder(env, name.uploads);
    return { base, full: join(base, path), words: path === '' ? 'uploaded files' : path };
  }
  const root = env.archiveRoots.find((r) => r.name === name.root);
  if (root === undefined) {
    throw new Failure('not_found', `There is no folder "${name.root}" among those that may be read.`, {
      fix: 'Choose one of the listed folders, or add it to RECOUNT_ARCHIVE_ROOTS and start again.',
    });
  }
  return {
    base: root.path,
    full: join(root.path, path),
    words: path === '' ? root.name : `${root.name}/${path}`,
  };
}

/** The place of an archive's record. */
export function placeOfArchive(env: Env, location: unknown): Place {
  const at = ArchiveLocation.parse(location);
  return archivePlace(env, 'folder' in at ? { uploads: at.folder, path: '' } : at);
}

/**
 * A relative path in its one form: parts joined by `/`. Failure archive.outside_roots for an absolute path and `..`,
 * request.invalid for what no file can be called.
 */
export function relativePath(path: string): string {
  if (path.startsWith('/') || path.split(/[/\\]/).includes('..')) {
    throw new Failure('archive.outside_roots', `The path ${JSON.stringify(path)} leads out of its folder.`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
  if (/[\u0000-\u001f\u007f\\]/.test(path) || path.split('/').some((part) => Buffer.byteLength(part) > 255)) {
    throw new Failure('request.invalid', `The path ${JSON.stringify(path)} cannot be used as a file's name.`);
  }
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** The real path of a place. Failures: `missing` where it is not there, archive.outside_roots where a link leads out. */
export async function withinPlace({ base, full, words }: Place, missing: Code): Promise<string> {
  try {
    const [folder, real] = await Promise.all([realpath(base), realpath(full)]);
    if (real === folder || real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return real;
  } catch (cause) {
    throw new Failure(missing, `${words || basename(full)} is not there.`, { cause });
  }
  throw new Failure('archive.outside_roots', `${words} is a link out of the folder that may be read.`);
}
