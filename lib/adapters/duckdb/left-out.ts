import { constants } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { discrepancyTableSql, patchedOpSql } from '#lib/adapters/duckdb/discrepancies';
import { RUN_FILES, rowsSha256, writeJson } from '#lib/adapters/duckdb/patch-files';
import { count } from '#lib/adapters/duckdb/rows';
import { readRunColumns, readRunPlan } from '#lib/adapters/duckdb/run-columns';
import { Bug, Failure } from '#lib/base/failure';
import { literal } from '#lib/base/sql';
import { isFloat, isInteger } from '#lib/compare/columns';
import type { DiscrepancyColumns } from '#lib/compare/discrepancy';
import { type LeftOut, type LeftOutRow, rowListSql } from '#lib/compare/left-out';
import { digitsSql } from '#lib/compare/values-sql';
import type { PatchHeader } from '#lib/patch/patch';
import { sealOf } from '#lib/patch/seal';
import type { Session } from '#lib/replay/session';

/** Beside a patch whose operator left rows out: which, and why. */
const LEFT_OUT_FILE = 'left-out.json';

const Listed = z.array(z.object({ row: z.number().int(), reason: z.string() }));

export type Net = {
  readonly measure: string;
  readonly net: string;
  readonly plus: string;
  readonly minus: string;
};

/** The rows that were left out of the patch in a folder; none where the folder is a run's own. Failure patch.damaged. */
export async function readLeftOut(dir: string): Promise<readonly LeftOutRow[]> {
  const path = join(dir, LEFT_OUT_FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return [];
  try {
    return Listed.parse(JSON.parse(text));
  } catch (cause) {
    throw new Failure('patch.damaged', `${path} is no list of rows.`, { cause });
  }
}

/**
 * Makes the files of a run's patch without the rows that were left out: the same rows in the same order, numbered and
 * sealed anew, in a folder of their own that holds all that `apply`, `verify`, `undo` and `report` need. The run's
 * folder stays as it is. `header` is the run's, its rows checked against its seal. Failures: patch.damaged.
 */
export async function writePatchWithout(
  session: Session,
  from: { readonly dir: string; readonly header: PatchHeader },
  to: { readonly dir: string; readonly id: string },
  leftOut: LeftOut,
): Promise<{ header: PatchHeader; net: Net[] }> {
  const columns = await readRunColumns(from.dir);
  const { onlyInLive } = await readRunPlan(from.dir);
  const table = discrepancyTableSql(join(from.dir, RUN_FILES.discrepanciesTyped), columns);
  const patched = `(SELECT *, row_number() OVER (ORDER BY row) - 1 AS seq FROM
    (SELECT *, ${patchedOpSql(onlyInLive)} AS op FROM ${table}) WHERE op IS NOT NULL)`;
  const source = `read_parquet(${literal(join(from.dir, RUN_FILES.patchRows))})`;
  await refuseUnlike(session, patched, source, from.dir);
  const rows = join(to.dir, RUN_FILES.patchRows);
  const kept = `${patched} WHERE NOT ${rowListSql([...leftOut.keys()])}`;
  await session.run(
    `COPY (SELECT (row_number() OVER (ORDER BY q.seq) - 1)::BIGINT AS seq, q.* EXCLUDE (seq)
      FROM ${source} q JOIN (SELECT seq FROM ${kept}) k ON k.seq = q.seq ORDER BY q.seq)
      TO ${literal(rows)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  const n = (op: string): string => `count(*) FILTER (WHERE op = '${op}')`;
  const counts = await session.one(
    `SELECT ${n('update')} AS updates, ${n('insert')} AS inserts, ${n('delete')} AS deletes FROM read_parquet(${literal(rows)})`,
    z.object({ updates: count, inserts: count, deletes: count }),
  );
  const [net = []] = await netsOf(session, columns, `(SELECT *, 0 AS part FROM ${kept})`, 1);
  const body = { ...from.header, id: to.id, counts };
  const digest = await rowsSha256(session, rows, body.keys.length, body.measures.length);
  const header = { ...body, seal: sealOf(body, digest) };
  await writeBeside(from.dir, to.dir, header, net, leftOut);
  return { header, net };
}

/** The patch's rows are found by their order: it must be that of the discrepancies, row by row. */
async function refuseUnlike(session: Session, patched: string, source: string, dir: string): Promise<void> {
  const { wrong } = await session.one(
    `SELECT count(*) AS wrong FROM ${patched} p FULL JOIN ${source} q ON p.seq = q.seq
      WHERE p.seq IS NULL OR q.seq IS NULL OR p.op <> q.op`,
    z.object({ wrong: count }),
  );
  if (wrong > 0) {
    throw new Failure('patch.damaged', `The patch in ${dir} does not have the rows of its discrepancies.`);
  }
}

async function writeBeside(
  from: string,
  to: string,
  header: PatchHeader,
  net: readonly Net[],
  leftOut: LeftOut,
): Promise<void> {
  for (const name of ['plan', 'discrepanciesTyped'] as const)
    await copyFile(join(from, RUN_FILES[name]), join(to, RUN_FILES[name]), constants.COPYFILE_FICLONE);
  const summary: unknown = JSON.parse(await readFile(join(from, RUN_FILES.summary), 'utf8'));
  if (typeof summary !== 'object' || summary === null) throw new Bug('a run has a summary');
  const list = [...leftOut].map(([row, reason]) => ({ row, reason }));
  await writeFile(join(to, LEFT_OUT_FILE), `${JSON.stringify(list)}\n`);
  await writeJson(to, 'summary', {
    ...summary,
    net_delta: Object.fromEntries(net.map((one) => [one.measure, one.net])),
    net_parts: Object.fromEntries(net.map(({ measure, plus, minus }) => [measure, { plus, minus }])),
    patch: { seal: header.seal, ...header.counts, blocked_by: header.blockedBy },
  });
  await writeJson(to, 'patch', header);
}

/** Net deltas of the rows of `table`, for each `part` from 0; a part without rows has nets of zero. */
async function netsOf(
  session: Session,
  columns: DiscrepancyColumns,
  table: string,
  parts: number,
): Promise<Net[][]> {
  const numeric = columns.measures.flatMap((m, i) => (m.numeric ? [{ ...m, i }] : []));
  const sums = numeric.flatMap(({ type, digits, i }) => {
    // integers of 128 bits stand in Parquet as decimals or text
    const delta = isInteger(type) ? `d${i}::HUGEINT` : `d${i}`;
    const sum = isFloat(type) ? `sum(${delta} ORDER BY row)` : `sum(${delta})`;
    const text = (value: string): string => digitsSql(`coalesce(${value}, 0)::VARCHAR`, type, digits ?? null);
    return [
      `${text(sum)} AS n${i}`,
      `${text(`${sum} FILTER (WHERE ${delta} > 0)`)} AS p${i}`,
      `${text(`${sum} FILTER (WHERE ${delta} < 0)`)} AS q${i}`,
    ];
  });
  const found = await session.rows(
    `SELECT ${['p.part::VARCHAR AS part', ...sums].join(', ')} FROM range(${parts}) AS p(part)
      LEFT JOIN ${table} t ON t.part = p.part GROUP BY p.part ORDER BY p.part`,
    z.record(z.string(), z.string()),
  );
  return found.map((row) =>
    numeric.map(({ name, i }) => ({
      measure: name,
      net: row[`n${i}`] ?? '0',
      plus: row[`p${i}`] ?? '0',
      minus: row[`q${i}`] ?? '0',
    })),
  );
}

/** What was left out of the patch in a folder, by reason: how many rows, and what they would have changed in all. */
export async function summariseLeftOut(
  session: Session,
  dir: string,
  columns: DiscrepancyColumns,
  rows: readonly LeftOutRow[],
): Promise<{ reason: string; rows: number; net: readonly Net[] }[]> {
  const reasons = [...new Set(rows.map(({ reason }) => reason))];
  if (reasons.length === 0) return [];
  const table = discrepancyTableSql(join(dir, RUN_FILES.discrepanciesTyped), columns);
  const parts = reasons.map((reason, part) => {
    const list = rows.filter((one) => one.reason === reason).map(({ row }) => row);
    return { part, list };
  });
  const which = parts.map(({ part, list }) => `WHEN ${rowListSql(list)} THEN ${part}`).join(' ');
  const nets = await netsOf(
    session,
    columns,
    `(SELECT *, CASE ${which} END AS part FROM ${table})`,
    reasons.length,
  );
  return reasons.map((reason, part) => ({
    reason,
    rows: parts[part]?.list.length ?? 0,
    net: nets[part] ?? [],
  }));
}
