import { copyFile, link, mkdir, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { CsvFacts } from '#lib/adapters/staging/csv-facts';
import type { Compression } from '#lib/adapters/staging/decompress';
import type { Stamp } from '#lib/adapters/staging/file-bytes';
import type { JsonFacts } from '#lib/adapters/staging/json-facts';
import type { ListedFile } from '#lib/archive/archive';
import type { Shape } from '#lib/archive/infer';
import { STAGE_LIMITS, type StageLimits, type StageSpec } from '#lib/archive/stage';
import { listLiteral } from '#lib/base/sql';
import type { Format } from '#lib/plan/plan';
import type { Session } from '#lib/replay/session';

/** A session that reads files, and names for its scratch files. */
export type Reach = {
  readonly session: Session;
  /** Gives a name for a scratch file that was not given before. */
  readonly scratch: (suffix: string) => string;
};

/** What all steps of one staging share. */
export type Staging = Reach & {
  readonly spec: StageSpec;
  readonly limits: StageLimits;
  readonly duckdb: string;
};

/** A file of text: its columns as VARCHAR. */
export type TextFacts = {
  readonly columns: readonly string[];
  readonly shapes: readonly Shape[];
  readonly csv: CsvFacts | null;
  readonly json: JsonFacts | null;
};

/** A file that was hashed and recognised. */
export type OpenedInput = {
  readonly listed: ListedFile;
  readonly real: string;
  readonly stamp: Stamp;
  readonly sha256: string;
  readonly format: Format;
  readonly compression: Compression;
  /** Null for Parquet. */
  readonly text: TextFacts | null;
};

/** A file of text that was hashed and recognised. */
export type TextInput = OpenedInput & { readonly text: TextFacts };

let scratchCount = 0;
/** Several stages may share one session's scratch folder. */
const nextNumber = (): number => scratchCount++;

export async function reachFrom(session: Session): Promise<Reach> {
  await mkdir(join(session.scratch, 'in'), { recursive: true });
  const scratch = (suffix: string): string =>
    join(session.scratch, 'in', `${process.pid}-${nextNumber()}${suffix}`);
  return { session, scratch };
}

export async function startStaging(session: Session, spec: StageSpec): Promise<Staging> {
  const { version } = await session.one('SELECT version() AS version', z.object({ version: z.string() }));
  return { ...(await reachFrom(session)), spec, limits: spec.limits ?? STAGE_LIMITS, duckdb: version };
}

/**
 * Paths under which the session can read files, with names that DuckDB takes literally (it would take `*` in a name for
 * a pattern). Symbolic links where the session may read the files themselves; else hard links or, from another disk,
 * copies in its scratch folder.
 */
export async function reachable(
  reach: Reach,
  files: readonly string[],
  suffix: string,
): Promise<readonly string[]> {
  const paths = files.map(() => reach.scratch(suffix));
  await Promise.all(files.map((real, i) => symlink(real, paths[i] ?? '')));
  if (files.length === 0 || (await readsAll(reach.session, paths))) return paths;
  for (const [i, path] of paths.entries()) {
    if (await readsAll(reach.session, [path])) continue;
    const real = files[i] ?? '';
    await unlink(path);
    await link(real, path).catch(() => copyFile(real, path));
  }
  return paths;
}

async function readsAll(session: Session, paths: readonly string[]): Promise<boolean> {
  try {
    await session.run(`SELECT count(*) FROM read_blob(${listLiteral(paths)})`);
    return true;
  } catch (error) {
    if (/Permission Error/i.test(String(error))) return false;
    throw error;
  }
}
