import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { count } from '#lib/adapters/duckdb/rows';
import { literal } from '#lib/base/sql';
import type { ComparedColumns } from '#lib/compare/columns';
import {
  type CellTable,
  correctionsSql,
  discrepancyFilesSql,
  fitsDecimalSql,
  netDeltaSql,
  patchRowsSql,
  rejectsSql,
} from '#lib/compare/output-sql';
import type { Counts, WriteMode } from '#lib/patch/patch';
import { rowDigestsSql } from '#lib/patch/seal';
import type { Session } from '#lib/replay/session';

/** The files of a run's folder. */
export const RUN_FILES = {
  discrepancies: 'discrepancies.csv',
  discrepanciesTyped: 'discrepancies.parquet',
  corrections: 'corrections.csv',
  rejects: 'rejects.csv',
  summary: 'summary.json',
  patch: 'patch.json',
  patchRows: 'patch.parquet',
  plan: 'plan.json',
  evidence: 'evidence.parquet',
  applied: 'applied.json',
  control: 'control.csv',
  controlTyped: 'control.parquet',
  conflicts: 'conflicts.csv',
  conflictsTyped: 'conflicts.parquet',
} as const;

/** Writes the row files of a run from `@discrepancies` and `@rejects`. */
export async function writeRowFiles(
  session: Session,
  dir: string,
  columns: ComparedColumns,
  zone: string,
  modes: readonly WriteMode[],
): Promise<void> {
  const at = (name: keyof typeof RUN_FILES): string => join(dir, RUN_FILES[name]);
  await writeCells(session, columns, '@discrepancies', {
    csv: at('discrepancies'),
    parquet: at('discrepanciesTyped'),
  });
  await session.run(correctionsSql(columns, at('corrections')));
  await session.run(rejectsSql(at('rejects')));
  await session.run(patchRowsSql(columns, zone, modes, at('patchRows')));
}

/** Writes which cells of the control stretch differ, from `@control_rows`. */
export const writeControlFiles = (session: Session, dir: string, columns: ComparedColumns): Promise<void> =>
  writeCells(session, columns, '@control_rows', {
    csv: join(dir, RUN_FILES.control),
    parquet: join(dir, RUN_FILES.controlTyped),
  });

async function writeCells(
  session: Session,
  columns: ComparedColumns,
  table: CellTable,
  to: { readonly csv: string; readonly parquet: string },
): Promise<void> {
  const { fits } = await session.one(fitsDecimalSql(columns, table), z.object({ fits: z.boolean() }));
  const huge = fits ? 'DECIMAL(38,0)' : 'VARCHAR';
  await session.run(discrepancyFilesSql(columns, table, { ...to, huge }));
}

/** SHA-256 of a patch's rows: of the lines of their digests. The same at preview and at apply. */
export async function rowsSha256(
  session: Session,
  patchParquet: string,
  keys: number,
  measures: number,
): Promise<string> {
  const lines = join(session.scratch, 'digests.csv');
  await session.run(
    `COPY (${rowDigestsSql(patchParquet, keys, measures)}) TO ${literal(lines)} (FORMAT csv, HEADER false)`,
  );
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(lines)) hash.update(chunk);
  await rm(lines);
  return hash.digest('hex');
}

/** Rows that the patch writes, by statement. */
export async function countOps(session: Session): Promise<Counts> {
  const n = (op: string): string => `count(*) FILTER (WHERE "@op" = '${op}')`;
  return session.one(
    `SELECT ${n('update')} AS updates, ${n('insert')} AS inserts, ${n('delete')} AS deletes FROM "@discrepancies"`,
    z.object({ updates: count, inserts: count, deletes: count }),
  );
}

/** What the patch's deltas add up to, by measure; measures that are no numbers are left out. */
export async function netDelta(
  session: Session,
  columns: ComparedColumns,
): Promise<{ measure: string; net: string; plus: string; minus: string }[]> {
  const row = await session.one(netDeltaSql(columns), z.record(z.string(), z.string().nullable()));
  return columns.measures.flatMap(({ name }, i) => {
    const [net, plus, minus] = [row[`n${i}`], row[`p${i}`], row[`q${i}`]];
    return net == null ? [] : [{ measure: name, net, plus: plus ?? '0', minus: minus ?? '0' }];
  });
}

/** JSON files are the last to be written: a folder without `patch.json` is no finished preview. */
export const writeJson = (dir: string, name: keyof typeof RUN_FILES, value: unknown): Promise<void> =>
  writeFile(
    join(dir, RUN_FILES[name]),
    `${JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v), 2)}\n`,
  );
