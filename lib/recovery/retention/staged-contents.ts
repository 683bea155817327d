import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { archivesOf } from '#lib/adapters/store/erasures';
import { Failure } from '#lib/base/failure';
import type { Context } from '#lib/recovery/setup/context';

/**
 * The contents whose staged events are an incident's alone, by their SHA-256: files that its previews read, and its uploads.
 * None where another incident reads the same archive.
 */
export async function stagedContents(
  { store }: Pick<Context, 'store'>,
  incidentId: string,
): Promise<string[]> {
  const archives = await archivesOf(store, incidentId);
  if (archives.some(({ shared }) => shared)) return [];
  const uploaded = await store.uploadFile.findMany({
    where: { archiveId: { in: archives.map(({ id }) => id) }, sha256: { not: null } },
    select: { sha256: true },
  });
  const runs = await store.run.findMany({
    where: { incidentId, dir: { not: null } },
    select: { dir: true },
  });
  const read = await Promise.all(runs.map(({ dir }) => manifestOf(dir ?? '')));
  return [...new Set([...uploaded.flatMap(({ sha256 }) => sha256 ?? []), ...read.flat()])];
}

async function manifestOf(dir: string): Promise<string[]> {
  try {
    return (await readPatchHeader(dir)).manifest.map(({ sha256 }) => sha256);
  } catch (error) {
    if (error instanceof Failure) return []; // its files went before
    throw error;
  }
}
