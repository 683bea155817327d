import { isAbsolute, relative, sep } from 'node:path';
import { Failure } from '#lib/base/failure';
import type { Env } from '#lib/recovery/setup/env';
import { archivePlace, type Place } from '#lib/recovery/setup/places';

/** A path under a configured root. */
export type Rooted = { readonly root: string; readonly path: string };

/**
 * Where a path of a plan file lies among the configured roots. A relative one is relative to a file that is not known
 * here, so each root is tried: `isThere` says whether something is at a place, by throwing where nothing is.
 * Failures: archive.outside_roots; what `isThere` throws where only one root comes into question.
 */
export async function rootedPath(
  env: Env,
  path: string,
  isThere: (place: Place) => Promise<unknown>,
): Promise<Rooted> {
  const candidates = isAbsolute(path)
    ? env.archiveRoots.flatMap((root) => under(root, path))
    : env.archiveRoots.map((root) => ({ root: root.name, path }));
  const found: Rooted[] = [];
  let refused: unknown = null;
  for (const candidate of candidates) {
    try {
      await isThere(archivePlace(env, candidate));
      found.push(candidate);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refused = error;
    }
  }
  const [first] = found;
  if (first !== undefined && (found.length === 1 || isAbsolute(path))) return first;
  if (candidates.length === 1 && refused !== null) throw refused;
  const roots = env.archiveRoots.map((root) => root.path).join(', ') || 'none';
  const why = found.length > 1 ? 'is found under several of' : 'lies outside of';
  throw new Failure('archive.outside_roots', `${path} ${why} the folders that may be read (${roots}).`, {
    fix: 'Write the full path of a place under one of them, or add its folder to RECOUNT_ARCHIVE_ROOTS.',
  });
}

function under(root: Env['archiveRoots'][number], path: string): Rooted[] {
  const inside = relative(root.path, path);
  const leaves = inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  return leaves ? [] : [{ root: root.name, path: inside }];
}
