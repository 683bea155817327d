import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { count } from '#lib/adapters/duckdb/rows';
import { sameValueSql } from '#lib/adapters/duckdb/same-value';
import { literal } from '#lib/base/sql';
import type { PatchHeader } from '#lib/patch/patch';
import type { Session } from '#lib/replay/session';

const SHOWN = 3;

/** A patch's files: the folder, and the header that was read from it. */
export type PatchFiles = { readonly dir: string; readonly header: PatchHeader };

/** Rows that two patches have in common, and the keys of a few of them. */
export type Overlap = { readonly rows: number; readonly keys: readonly string[] };

/**
 * How many rows of `a` are also rows of `b`, two patches of one table. Where they name other key columns, rows with equal
 * values in the columns that both name count as the same: whether they are is not known. Reads both row files once.
 */
export async function overlapOf(session: Session, a: PatchFiles, b: PatchFiles): Promise<Overlap> {
  const shared = a.header.keys.flatMap(({ name }, i) => {
    const j = b.header.keys.findIndex((key) => key.name === name);
    return j < 0 ? [] : [{ a: keySql(a.header, i), b: keySql(b.header, j) }];
  });
  const on = shared.map((_, i) => `x.k${i} = y.k${i}`).join(' AND ') || 'true';
  const side = (files: PatchFiles, keys: readonly string[]): string => {
    const columns = keys.map((key, i) => `${key} AS k${i}`).join(', ') || '1 AS k';
    return `SELECT DISTINCT ${columns} FROM read_parquet(${literal(join(files.dir, RUN_FILES.patchRows))})`;
  };
  const shown = shared.length === 0 ? "''" : shared.map((_, i) => `x.k${i}`).join(" || ', ' || ");
  return session.one(
    `SELECT count(*) AS rows, coalesce((list(key ORDER BY key))[1:${SHOWN}], []) AS keys
       FROM (SELECT ${shown} AS key
               FROM (${side(
                 a,
                 shared.map((key) => key.a),
               )}) x
               SEMI JOIN (${side(
                 b,
                 shared.map((key) => key.b),
               )}) y ON ${on})`,
    z.object({ rows: count, keys: z.array(z.string()) }),
  );
}

const keySql = ({ keys, liveTimezone }: PatchHeader, i: number): string =>
  sameValueSql(`key_${i}`, keys[i]?.type ?? 'VARCHAR', liveTimezone);
