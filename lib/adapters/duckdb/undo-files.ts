import { join } from 'node:path';
import { z } from 'zod';
import type { Net } from '#lib/adapters/duckdb/left-out';
import { RUN_FILES, rowsSha256, writeJson } from '#lib/adapters/duckdb/patch-files';
import { count } from '#lib/adapters/duckdb/rows';
import { literal } from '#lib/base/sql';
import { isDecimal, isFloat, isNumeric, scaleOf } from '#lib/compare/columns';
import { rowListSql } from '#lib/compare/left-out';
import type { PatchHeader, UndoChoice } from '#lib/patch/patch';
import { sealOf } from '#lib/patch/seal';
import type { Session } from '#lib/replay/session';

/** What an undo is made with: who asks for it, when, and what is not put back. */
export type NewUndo = {
  readonly dir: string;
  readonly id: string;
  readonly author: string;
  readonly createdAt: string;
  readonly choice: UndoChoice;
  readonly leftOut: readonly number[];
};

/**
 * Makes the files of an undo from those of the patch that it puts back: the same rows in the same order, numbered anew,
 * what the patch wrote as before and what was there as after, added deltas negated; sealed over these rows, the seal of
 * the patch, the choice and what is left out. `from.header` is that of a patch whose rows were sealed again.
 */
export async function writeUndoFiles(
  session: Session,
  from: { readonly dir: string; readonly header: PatchHeader },
  undo: NewUndo,
): Promise<{ header: PatchHeader; net: Net[] }> {
  const { header: undone } = from;
  const rows = join(undo.dir, RUN_FILES.patchRows);
  await session.run(turnedRoundSql(join(from.dir, RUN_FILES.patchRows), rows, undone, undo.leftOut));
  const n = (op: string): string => `count(*) FILTER (WHERE op = '${op}')`;
  const counts = await session.one(
    `SELECT ${n('update')} AS updates, ${n('insert')} AS inserts, ${n('delete')} AS deletes FROM read_parquet(${literal(rows)})`,
    z.object({ updates: count, inserts: count, deletes: count }),
  );
  const { id, author, createdAt, choice, leftOut } = undo;
  const undoes = { seal: undone.seal, choice, leftOut: [...leftOut] };
  const body: PatchHeader = { ...undone, kind: 'undo', id, author, createdAt, counts, blockedBy: [], undoes };
  const digest = await rowsSha256(session, rows, body.keys.length, body.measures.length);
  const header = { ...body, seal: sealOf(body, digest) };
  const net = await netOfRows(session, rows, header);
  await writeJson(undo.dir, 'patch', header);
  return { header, net };
}

function turnedRoundSql(
  from: string,
  to: string,
  { keys, measures }: PatchHeader,
  leftOut: readonly number[],
): string {
  const columns = [
    `CASE op WHEN 'insert' THEN 'delete' WHEN 'delete' THEN 'insert' ELSE op END AS op`,
    ...keys.map((_, i) => `key_${i}`),
    ...measures.map((_, i) => `after_${i} AS before_${i}`),
    ...measures.map((_, i) => `before_${i} AS after_${i}`),
    ...measures.map((_, i) => `${negatedSql(`delta_${i}`)} AS delta_${i}`),
  ];
  return `COPY (SELECT (row_number() OVER (ORDER BY row) - 1)::BIGINT AS seq, ${columns.join(', ')}
      FROM (SELECT *, seq AS row FROM read_parquet(${literal(from)})) q WHERE NOT ${rowListSql(leftOut)} ORDER BY row)
    TO ${literal(to)} (FORMAT parquet, COMPRESSION zstd)`;
}

/** A number's text with the other sign; zero has none. */
const negatedSql = (text: string): string =>
  `CASE WHEN ${text} LIKE '-%' THEN substr(${text}, 2) WHEN regexp_full_match(${text}, '[0.]+') THEN ${text} ELSE '-' || ${text} END`;

/** What the rows change, by measure, with the positive and negative parts; exact for integers and decimals. */
async function netOfRows(session: Session, rows: string, { measures }: PatchHeader): Promise<Net[]> {
  const numeric = measures.flatMap(({ name, type }, i) => (isNumeric(type) ? [{ name, type, i }] : []));
  if (numeric.length === 0) return [];
  const deltas = numeric.map(({ type, i }) => {
    const wide = isFloat(type) ? 'DOUBLE' : isDecimal(type) ? `DECIMAL(38,${scaleOf(type)})` : 'HUGEINT';
    const side = (name: string): string => `coalesce(CAST(${name}_${i} AS ${wide}), 0)`;
    return `${side('after')} - ${side('before')} AS d${i}`;
  });
  const sums = numeric.flatMap(({ type, i }) => {
    const sum = isFloat(type) ? `sum(d${i} ORDER BY seq)` : `sum(d${i})`;
    return [
      `coalesce(${sum}, 0)::VARCHAR AS n${i}`,
      `coalesce(${sum} FILTER (WHERE d${i} > 0), 0)::VARCHAR AS p${i}`,
      `coalesce(${sum} FILTER (WHERE d${i} < 0), 0)::VARCHAR AS q${i}`,
    ];
  });
  const row = await session.one(
    `SELECT ${sums.join(', ')} FROM (SELECT seq, ${deltas.join(', ')} FROM read_parquet(${literal(rows)}))`,
    z.record(z.string(), z.string()),
  );
  return numeric.map(({ name, i }) => ({
    measure: name,
    net: row[`n${i}`] ?? '0',
    plus: row[`p${i}`] ?? '0',
    minus: row[`q${i}`] ?? '0',
  }));
}
