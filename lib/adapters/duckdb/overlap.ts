import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { count } from '#lib/adapters/duckdb/rows';
import { sameValueSql } from '#lib/adapters/duckdb/same-value';
import { literal } from '#lib/base/sql';
import { keyZone } from '#lib/patch/live-zone';
import type { PatchHeader } from '#lib/patch/patch';
import type { Session } from '#lib/replay/session';

const SHOWN = 3;

/** A patch's files: the folder, and the header that was read from it. */
export type PatchFiles = { readonly dir: string; readonly header: PatchHeader };

/** Rows that two patches have in common, and the keys of a few of them. */
export type Overlap = { readonly rows: number; readonly keys: readonly string[] };

/**
 * How many rows of `a` are also rows of `b`, two patches of one table. Where they name other key columns, rows with equal
 * values in the columns that both name count as the same: whether they are is not known.
 */
export async function overlapOf(session: Session, a: PatchFiles, b: PatchFiles): Promise<Overlap> {
  const shared = a.header.keys.flatMap((key, i) => {
    const j = b.header.keys.findIndex(({ name }) => name === key.name);
    const other = b.header.keys[j];
    if (other === undefined) return [];
    // of one type, a value is written in one way
    const isAlike = key.type === other.type && key.sqlType === other.sqlType;
    const text = ({ header }: PatchFiles, at: number, type: string): string =>
      isAlike ? `key_${at}` : sameValueSql(`key_${at}`, type, keyZone(header, at));
    return [{ a: text(a, i, key.type), b: text(b, j, other.type) }];
  });
  if (shared.length === 0) {
    const { updates, inserts, deletes } = a.header.counts;
    return { rows: updates + inserts + deletes, keys: [] };
  }
  const side = (files: PatchFiles, keys: readonly string[]): string => {
    const columns = keys.map((key, i) => `${key} AS k${i}`).join(', ');
    return `(SELECT ${columns} FROM read_parquet(${literal(join(files.dir, RUN_FILES.patchRows))}))`;
  };
  const ours = shared.map((key) => key.a);
  const theirs = shared.map((key) => key.b);
  const on = shared.map((_, i) => `x.k${i} = y.k${i}`).join(' AND ');
  const shown = shared.map((_, i) => `x.k${i}`).join(" || ', ' || ");
  return session.one(
    `SELECT count(*) AS rows, coalesce(min(key, ${SHOWN}), []) AS keys
       FROM (SELECT ${shown} AS key FROM ${side(a, ours)} x SEMI JOIN ${side(b, theirs)} y ON ${on})`,
    z.object({ rows: count, keys: z.array(z.string()) }),
  );
}
