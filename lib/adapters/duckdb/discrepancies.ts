import { z } from 'zod';
import { count } from '#lib/adapters/duckdb/rows';
import { Failure } from '#lib/base/failure';
import { literal } from '#lib/base/sql';
import {
  type ControlRows,
  type DeltaHistogram,
  type DiscrepancyColumns,
  type DiscrepancyKind,
  type DiscrepancyPage,
  type DiscrepancyQuery,
  type DiscrepancyRow,
  KINDS,
} from '#lib/compare/discrepancy';
import { histogramBins } from '#lib/compare/histogram';
import { type LeftOut, type PatchScope, rowListSql } from '#lib/compare/left-out';
import { digitsSql, textSql } from '#lib/compare/values-sql';
import type { Session } from '#lib/replay/session';

const KIND_SQL = {
  all: 'true',
  low: `direction = 1`,
  high: `direction = -1`,
  other: `(class = 'changed' AND direction IS NULL)`,
  missing: `class = 'missing_in_live'`,
  only: `class = 'only_in_live'`,
  deleted: `class = 'deleted'`,
  superseded: `class = 'superseded'`,
} as const;

const kindSql = (kind: DiscrepancyKind, leftOut: LeftOut): string =>
  kind === 'leftout' ? rowListSql([...leftOut.keys()]) : KIND_SQL[kind];

/** What the patch does with a row, as `@op` has it; NULL where it does nothing. */
export const patchedOpSql = (onlyInLive: 'keep' | 'delete'): string =>
  `CASE class WHEN 'changed' THEN 'update' WHEN 'missing_in_live' THEN 'insert' WHEN 'deleted' THEN 'delete'
    WHEN 'only_in_live' THEN ${onlyInLive === 'delete' ? `'delete'` : 'NULL'} END`;

/**
 * `discrepancies.parquet` read by position, since a key may have any name: `row`, `class`, `k0` …, `b`, `l0`, `m0`, `d0` …,
 * `events`, `duplicates`, and `direction`: 1 where the first difference of a changed row is positive (live is too low).
 */
export function discrepancyTableSql(path: string, columns: DiscrepancyColumns): string {
  const names = [
    'class',
    ...columns.keys.map((_, i) => `k${i}`),
    ...(columns.bucket === null ? [] : ['b']),
    ...columns.measures.flatMap((_, i) => [`l${i}`, `m${i}`, `d${i}`]),
    'events',
    'duplicates',
    'row',
  ];
  const signs = columns.measures.flatMap((m, i) => (m.numeric ? [`nullif(sign(d${i}), 0)`] : []));
  const direction =
    signs.length === 0 ? 'NULL' : `CASE WHEN class = 'changed' THEN coalesce(${signs.join(', ')}, NULL) END`;
  return `(SELECT *, ${direction} AS direction FROM read_parquet(${literal(path)}, file_row_number = true) AS t(${names.join(', ')}))`;
}

/** Names the columns of table `t`: the text that is selected beside them has their names, and another order. */
function sortSql(sort: string | undefined, columns: DiscrepancyColumns): string {
  if (sort === undefined || sort === 'key') return 't.row';
  const down = sort.startsWith('-');
  const [field = '', name] = sort.replace(/^-/, '').split(/:(.*)/s);
  const i = columns.measures.findIndex((m) => m.name === name);
  const measure: Readonly<Record<string, string>> =
    i < 0
      ? {}
      : {
          live: `t.l${i}`,
          recalculated: `t.m${i}`,
          delta: `t.d${i}`,
          abs: columns.measures[i]?.numeric ? `abs(t.d${i})` : `t.d${i}`,
        };
  const plain: Readonly<Record<string, string>> = {
    key: 't.row',
    events: 't.events',
    duplicates: 't.duplicates',
    class: 't.class',
    ...(columns.bucket ? { bucket: 't.b' } : {}),
  };
  const column = name === undefined ? plain[field] : measure[field];
  if (column === undefined) throw new Failure('request.invalid', `sort: there is no "${sort}" to sort by`);
  return `${column} ${down ? 'DESC' : 'ASC'} NULLS LAST, t.row`;
}

function filterSql(query: DiscrepancyQuery, columns: DiscrepancyColumns): string {
  const parts: string[] = [];
  if (query.q !== undefined && query.q !== '') {
    const keys = columns.keys.map(
      (k, i) => `contains(lower(${shownSql(`k${i}`, k)}), lower(${literal(query.q ?? '')}))`,
    );
    parts.push(`(${keys.join(' OR ')})`);
  }
  const bound = [query.min, query.max, query.below].some((text) => text !== undefined);
  const i =
    query.measure === undefined
      ? columns.measures.findIndex((m) => m.numeric)
      : columns.measures.findIndex((m) => m.name === query.measure);
  if (bound && (i < 0 || columns.measures[i]?.numeric !== true))
    throw new Failure('request.invalid', `measure: "${query.measure ?? ''}" has no numeric difference`);
  for (const [name, text, sign] of [
    ['min', query.min, '>='],
    ['max', query.max, '<='],
    ['below', query.below, '<'],
  ] as const) {
    if (text === undefined || text === '') continue;
    if (!/^-?\d{1,30}(\.\d{1,30})?$/.test(text))
      throw new Failure('request.invalid', `${name}: ${text} is no decimal number`);
    parts.push(`d${i} ${sign} ${text}`);
  }
  return parts.length === 0 ? 'true' : parts.join(' AND ');
}

const Text = z.string().nullable();

/** A value as `discrepancies.csv` has it. */
const shownSql = (value: string, { type, digits }: DiscrepancyColumns['keys'][number]): string =>
  digitsSql(textSql(value, type), type, digits ?? null);

function selectSql(columns: DiscrepancyColumns): string {
  const fields = [
    ...columns.keys.map((k, i) => `${shownSql(`k${i}`, k)} AS k${i}`),
    ...(columns.bucket === null ? [] : [`${textSql('b', 'TIMESTAMP')} AS b`]),
    ...columns.measures.flatMap((m, i) => [
      `${shownSql(`l${i}`, m)} AS l${i}`,
      `${shownSql(`m${i}`, m)} AS m${i}`,
      `${digitsSql(`d${i}::VARCHAR`, m.type, m.digits ?? null)} AS d${i}`,
    ]),
  ];
  return `row::VARCHAR AS row, class, ${fields.join(', ')}, events::VARCHAR AS events, duplicates::VARCHAR AS duplicates`;
}

function toRow(
  row: Readonly<Record<string, string | null>>,
  columns: DiscrepancyColumns,
  leftOut: LeftOut,
): DiscrepancyRow {
  return {
    row: Number(row.row),
    class: row.class as DiscrepancyRow['class'],
    keys: columns.keys.map((_, i) => row[`k${i}`] ?? null),
    bucket: columns.bucket === null ? null : (row.b ?? null),
    live: columns.measures.map((_, i) => row[`l${i}`] ?? null),
    recalculated: columns.measures.map((_, i) => row[`m${i}`] ?? null),
    delta: columns.measures.map((_, i) => row[`d${i}`] ?? null),
    events: Number(row.events),
    duplicates: Number(row.duplicates),
    leftOut: leftOut.get(Number(row.row)) ?? null,
  };
}

/** One page of a run's discrepancies. `min` and `max` bound the difference itself. Failures: request.invalid. */
export async function readDiscrepancies(
  session: Session,
  path: string,
  columns: DiscrepancyColumns,
  query: DiscrepancyQuery,
  { leftOut, onlyInLive }: PatchScope,
): Promise<DiscrepancyPage> {
  const [limit, offset] = [Math.min(query.limit ?? 100, 500), query.offset ?? 0];
  const filtered = `${discrepancyTableSql(path, columns)} t WHERE ${filterSql(query, columns)}`;
  const kinds = KINDS.map((name) => `count(*) FILTER (WHERE ${kindSql(name, leftOut)}) AS "${name}"`);
  const counts = await session.one(
    `SELECT ${kinds.join(', ')} FROM ${filtered}`,
    z.object({
      all: count,
      low: count,
      high: count,
      other: count,
      missing: count,
      only: count,
      deleted: count,
      superseded: count,
      leftout: count,
    }),
  );
  const kind = query.kind ?? 'all';
  const out = kindSql('leftout', leftOut);
  const patch = await session.one(
    `SELECT count(*) FILTER (WHERE NOT ${out} AND ${patchedOpSql(onlyInLive)} IS NOT NULL) AS writes,
      count(*) FILTER (WHERE ${out}) AS out FROM ${filtered} AND ${kindSql(kind, leftOut)}`,
    z.object({ writes: count, out: count }),
  );
  const order = sortSql(query.sort, columns);
  const page = `SELECT t.* FROM ${filtered} AND ${kindSql(kind, leftOut)} ORDER BY ${order} LIMIT ${limit} OFFSET ${offset}`;
  const rows = await session.rows(
    `SELECT ${selectSql(columns)} FROM (${page}) t ORDER BY ${order}`,
    z.record(z.string(), Text),
  );
  return {
    columns,
    total: counts[kind],
    offset,
    counts,
    patch: { writes: patch.writes, leftOut: patch.out },
    rows: rows.map((r) => toRow(r, columns, leftOut)),
  };
}

/**
 * Positions of the rows that a filter shows and the patch writes, in order; at most `limit`. Failures: request.invalid.
 */
export async function readPatchedRows(
  session: Session,
  path: string,
  columns: DiscrepancyColumns,
  query: DiscrepancyQuery,
  options: PatchScope & { readonly limit: number },
): Promise<number[]> {
  const rows = await session.rows(
    `SELECT row::VARCHAR AS row FROM ${discrepancyTableSql(path, columns)} WHERE ${filterSql(query, columns)}
      AND ${kindSql(query.kind ?? 'all', options.leftOut)} AND ${patchedOpSql(options.onlyInLive)} IS NOT NULL
      ORDER BY row LIMIT ${options.limit}`,
    z.object({ row: count }),
  );
  return rows.map(({ row }) => row);
}

/** The first rows of a run's `control.parquet`, in its order. */
export async function readControlRows(
  session: Session,
  path: string,
  columns: DiscrepancyColumns,
  limit: number,
): Promise<ControlRows> {
  const table = discrepancyTableSql(path, columns);
  const { total } = await session.one(`SELECT count(*) AS total FROM ${table}`, z.object({ total: count }));
  const rows = await session.rows(
    `SELECT ${selectSql(columns)} FROM (SELECT * FROM ${table} ORDER BY row LIMIT ${limit}) t ORDER BY t.row`,
    z.record(z.string(), Text),
  );
  return { columns, total, rows: rows.map((row) => toRow(row, columns, new Map())) };
}

/** One discrepancy by its position. Failures: not_found. */
export async function readDiscrepancy(
  session: Session,
  path: string,
  columns: DiscrepancyColumns,
  row: number,
  leftOut: LeftOut,
): Promise<DiscrepancyRow> {
  const [found] = await session.rows(
    `SELECT ${selectSql(columns)} FROM ${discrepancyTableSql(path, columns)} WHERE row = ${row}`,
    z.record(z.string(), Text),
  );
  if (found === undefined) throw new Failure('not_found', `The run has no row ${row}.`);
  return toRow(found, columns, leftOut);
}

/** How the differences of one measure are spread, in at most 40 bins; zero is always a bound. Failures: request.invalid. */
export async function readHistogram(
  session: Session,
  path: string,
  columns: DiscrepancyColumns,
  measure: string | undefined,
): Promise<DeltaHistogram> {
  const i =
    measure === undefined
      ? columns.measures.findIndex((m) => m.numeric)
      : columns.measures.findIndex((m) => m.name === measure);
  const column = columns.measures[i];
  if (column?.numeric !== true)
    throw new Failure('request.invalid', `measure: "${measure ?? ''}" has no numeric difference`);
  const table = discrepancyTableSql(path, columns);
  const ends = await session.one(
    `SELECT min(d${i})::DOUBLE AS low, max(d${i})::DOUBLE AS high FROM ${table} WHERE class <> 'superseded'`,
    z.object({ low: z.number().nullable(), high: z.number().nullable() }),
  );
  const bins = histogramBins(ends.low ?? 0, ends.high ?? 0);
  const rows = await session.rows(
    `SELECT floor(d${i}::DOUBLE / ${bins.width})::BIGINT AS bin, count(*) AS n FROM ${table} WHERE d${i} IS NOT NULL AND class <> 'superseded' GROUP BY 1`,
    z.object({ bin: count, n: count }),
  );
  const byBin = new Map(rows.map((r) => [r.bin, r.n]));
  return {
    measure: column.name,
    bins: bins.bounds.map((b) => ({ from: b.from, to: b.to, rows: byBin.get(b.index) ?? 0 })),
  };
}
