import { join } from 'node:path';
import { z } from 'zod';
import { count } from '#lib/adapters/duckdb/rows';
import { bucketTableSql } from '#lib/adapters/replay/duckdb/replay';
import { Failure, failureOf } from '#lib/base/failure';
import type { Interval } from '#lib/base/instant';
import { ident, literal } from '#lib/base/sql';
import {
  type ComparedColumns,
  cellSql,
  isDecimal,
  isInstant,
  isInteger,
  isUntyped,
  snapshotColumns,
} from '#lib/compare/columns';
import { liveSql, liveTextSql, liveTypedSql, unreadableLiveSql } from '#lib/compare/live-sql';
import { resolveColumns } from '#lib/compare/resolve-columns';
import { strictSql, textSql } from '#lib/compare/values-sql';
import type { LiveStore, LiveTable, SnapshotScope } from '#lib/patch/live-store';
import type { LiveColumn } from '#lib/patch/patch';
import type { Plan } from '#lib/plan/plan';
import type { Session } from '#lib/replay/session';
import type { Shape } from '#lib/replay/shape';

/** The names of the live columns that a plan needs: keys, bucket, measures, cut; each once. */
function neededNames({ live, calculation }: Plan): string[] {
  const measures = calculation.versions[0]?.measures.map((m) => m.name) ?? [];
  const cut = live.cut?.kind === 'column' ? [live.cut.column] : [];
  return [
    ...new Set([...live.keys, ...(live.bucket === null ? [] : [live.bucket.column]), ...measures, ...cut]),
  ];
}

/** Loads a store that is always read whole (a file) into `@live_text`, once for everything that is asked of it. */
export async function loadWhole(
  session: Session,
  live: LiveStore,
  table: LiveTable,
  plan: Plan,
): Promise<void> {
  const there = new Set(table.columns.map((c) => c.name));
  const names = neededNames(plan).filter((name) => there.has(name));
  const path = join(session.scratch, 'live.csv');
  await live.snapshot(names, {}, path);
  await session.run(liveTextSql(path, names));
}

/** True where the live bucket column has a zone: by its type, or in an untyped file by its values in `@live_text`. */
export async function bucketHasZone(session: Session, column: LiveColumn | undefined): Promise<boolean> {
  if (column === undefined) return true;
  if (!isUntyped(column)) return column.type === 'TIMESTAMP WITH TIME ZONE';
  // most values are told without the pattern, which takes several times as long
  const { zoned, naive } = await session.one(
    `SELECT count(*) FILTER (z) AS zoned, count(*) FILTER (NOT z) AS naive FROM (
      SELECT CASE WHEN t LIKE '%Z' THEN true WHEN contains(t, '+') OR contains(t, '-') OR t LIKE '%z'
        THEN regexp_matches(t, '(?:[zZ]|[+-][0-9]{2}(?::?[0-9]{2})?)$') ELSE false END AS z
      FROM (SELECT substr(${ident(column.name)}, 11) AS t FROM "@live_text" WHERE ${ident(column.name)} IS NOT NULL))`,
    z.object({ zoned: count, naive: count }),
  );
  // Without any value there is none that lacks a zone, and what is inserted is written with one.
  return zoned > 0 || naive === 0;
}

/**
 * Reads the live rows that the run needs into table `@live`, typed. Answers the columns that both sides are compared in
 * and how many rows have a NULL key. Failures: plan.live.*, live.key_not_unique, live.value_unreadable.
 */
export async function readLiveRows(
  session: Session,
  live: LiveStore,
  table: LiveTable,
  shape: Shape,
  buckets: readonly Interval[],
): Promise<{ columns: ComparedColumns; nullKeys: number }> {
  const first = resolveOrThrow(shape, table, new Map());
  const keys = [...first.keys, ...(first.bucket === null ? [] : [first.bucket])].map((k) => k.name);
  if (!table.readsWhole) {
    refuseRepeated(keys, await shownKeys(session, shape, first, await live.repeatedKeys(keys, 5)));
    const names = snapshotColumns(first);
    const path = join(session.scratch, 'live.csv');
    await live.snapshot(names, await scopeOf(session, shape, first, buckets), path);
    await session.run(liveTextSql(path, names));
  }
  const columns = resolveOrThrow(shape, table, await scalesOf(session, first, '@live_text'));
  await loadTyped(session, live, shape, columns);
  if (!table.readsWhole) return { columns, nullKeys: await live.countNullKeys(keys) };
  refuseRepeated(keys, await repeatedRows(session, shape, columns));
  const { n } = await session.one(
    `SELECT (SELECT count(*) FROM "@live_text") - (SELECT count(*) FROM "@live") AS n`,
    z.object({ n: count }),
  );
  return { columns, nullKeys: n };
}

/** Keys that occur more than once in `@live`, compared as their types are. */
async function repeatedRows(session: Session, shape: Shape, columns: ComparedColumns): Promise<string[][]> {
  const cells = cellSql(shape, columns);
  const texts = cells.map((c, i) => textSql(c, columns.keys[i]?.type ?? 'TIMESTAMP'));
  const rows = await session.rows(
    `SELECT [${texts.join(', ')}] AS key FROM "@live" GROUP BY ${cells.join(', ')} HAVING count(*) > 1 ORDER BY 1 LIMIT 5`,
    z.object({ key: z.array(z.string()) }),
  );
  return rows.map((r) => r.key);
}

/** Keys in a store's own words, with instants as they are written everywhere. */
async function shownKeys(
  session: Session,
  shape: Shape,
  columns: ComparedColumns,
  repeated: readonly (readonly string[])[],
): Promise<string[][]> {
  const zone = shape.plan.live.bucket?.timezone ?? 'UTC';
  const shown = async (text: string, i: number): Promise<string> => {
    const key = columns.keys[i];
    if (key !== undefined && !isInstant(key.type)) return text;
    const instant = strictSql(literal(text), 'TIMESTAMP', key === undefined ? zone : 'UTC');
    const sql = `SELECT coalesce(${textSql(instant, 'TIMESTAMP')}, ${literal(text)}) AS text`;
    return (await session.one(sql, z.object({ text: z.string() }))).text;
  };
  return Promise.all(repeated.map((key) => Promise.all(key.map(shown))));
}

/** Reads the baseline's rows of the affected keys into table `@baseline`. */
export async function readBaseline(
  session: Session,
  live: LiveStore,
  shape: Shape,
  columns: ComparedColumns,
): Promise<void> {
  const { baseline } = shape.plan.live;
  if (baseline === null || baseline === 'none') return;
  const plain: ComparedColumns = { ...columns, cut: null };
  const path = join(session.scratch, 'baseline.csv');
  await live.snapshot(snapshotColumns(plain), await scopeOf(session, shape, plain, []), path, baseline.table);
  await session.run(
    `ALTER TABLE "@live" RENAME TO "@live_rows"; ${liveTextSql(path, snapshotColumns(plain))}`,
  );
  await loadTyped(session, null, shape, plain);
  await session.run(`ALTER TABLE "@live" RENAME TO "@baseline"; ALTER TABLE "@live_rows" RENAME TO "@live"`);
}

function resolveOrThrow(
  shape: Shape,
  table: LiveTable,
  scales: ReadonlyMap<string, number>,
): ComparedColumns {
  const { columns, problems } = resolveColumns(shape.plan, shape.calculation, table.columns, {
    scales,
    zonedBucket: shape.bucketZoned,
  });
  if (columns === null) throw failureOf(problems);
  return columns;
}

function refuseRepeated(keys: readonly string[], repeated: readonly (readonly string[])[]): void {
  if (repeated.length === 0) return;
  const shown = repeated.map((key) => `(${key.join(', ')})`).join(', ');
  throw new Failure(
    'live.key_not_unique',
    `The live rows have more than one row for ${keys.join(', ')} = ${shown}; no difference is shown.`,
    {
      details: { keys: repeated },
    },
  );
}

/** Only the rows that can matter: the buckets of the window and of the affected cells, or the affected keys. */
async function scopeOf(
  session: Session,
  shape: Shape,
  columns: ComparedColumns,
  buckets: readonly Interval[],
): Promise<SnapshotScope> {
  const { live } = shape.plan;
  if (live.state === 'window') return {};
  if (live.state === 'bucketed' && columns.bucket !== null) {
    await session.run(bucketTableSql('@live_scope', buckets));
    const zone = live.bucket?.timezone ?? 'UTC';
    const text = (column: string): string =>
      localText(column, columns.bucket?.zoned ?? true, zone, columns.bucket?.sqlType ?? '');
    const ranges = await session.rows(
      `SELECT ${text('"@b"')} AS "from", ${text('"@end"')} AS "to" FROM "@live_scope" ORDER BY "@b"`,
      z.object({ from: z.string(), to: z.string() }),
    );
    return { bucket: { column: columns.bucket.name, ranges: merged(ranges) } };
  }
  const path = join(session.scratch, 'keys.csv');
  const keys = columns.keys.map((c, i) => `"@k${i}"::VARCHAR AS ${ident(c.name)}`).join(', ');
  const tables = shape.plan.control === null ? ['@affected'] : ['@affected', '@control'];
  const union = tables.map((t) => `SELECT ${keys} FROM "${t}"`).join(' UNION ');
  await session.run(`COPY (${union}) TO ${literal(path)} (FORMAT csv, HEADER, FORCE_QUOTE *)`);
  const { n } = await session.one(`SELECT count(*) AS n FROM (${union})`, z.object({ n: count }));
  return { keyFile: { path, columns: columns.keys.map((c) => c.name), rows: n } };
}

function localText(column: string, zoned: boolean, zone: string, sqlType: string): string {
  if (zoned) return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
  const local = zone === 'UTC' ? column : `timezone(${literal(zone)}, timezone('UTC', ${column}))`;
  return /^date$/i.test(sqlType)
    ? `strftime(${local}, '%Y-%m-%d')`
    : `strftime(${local}, '%Y-%m-%dT%H:%M:%S.%f')`;
}

/** Touching ranges become one: a window of many hours is one stretch of the live table. */
function merged(ranges: readonly { from: string; to: string }[]): { from: string; to: string }[] {
  const all: { from: string; to: string }[] = [];
  for (const range of ranges) {
    const last = all.at(-1);
    if (last !== undefined && last.to === range.from) last.to = range.to;
    else all.push({ ...range });
  }
  return all;
}

/** How many digits after the point the live values of decimal columns, and of measures that are integers, have. */
async function scalesOf(
  session: Session,
  columns: ComparedColumns,
  table: string,
): Promise<ReadonlyMap<string, number>> {
  const decimals = [
    ...columns.keys.filter((c) => isDecimal(c.type)),
    ...columns.measures.filter((c) => isDecimal(c.type) || isInteger(c.type)),
  ];
  if (decimals.length === 0) return new Map();
  const scales = decimals.map(
    (c, i) =>
      `coalesce(max(length(CASE WHEN contains(${ident(c.name)}, '.') THEN regexp_extract(${ident(c.name)}, '^[+-]?[0-9]+[.]([0-9]+)$', 1) END)), 0)::INTEGER AS s${i}`,
  );
  const row = await session.one(`SELECT ${scales.join(', ')} FROM "${table}"`, z.record(z.string(), count));
  return new Map(decimals.map((c, i) => [c.name, row[`s${i}`] ?? 0]));
}

/** `live`: the store whose own rows these are; null for a baseline's. */
async function loadTyped(
  session: Session,
  live: LiveStore | null,
  shape: Shape,
  columns: ComparedColumns,
): Promise<void> {
  const zone = shape.plan.live.bucket?.timezone ?? 'UTC';
  await session.run(liveTypedSql(columns, zone));
  const wrong = await session.rows(
    unreadableLiveSql(columns, zone),
    z.object({ row: count, column: z.string(), value: z.string(), type: z.string() }),
  );
  const [first] = wrong;
  if (first !== undefined) {
    const place = (await live?.placeOfRow?.(first.row)) ?? null;
    const where = place === null ? `row ${first.row} of those read` : `${place.file}, line ${place.line}`;
    throw new Failure(
      'live.value_unreadable',
      `The live column "${first.column}" holds ${JSON.stringify(first.value)}, which is no ${first.type} (${where}).`,
      { details: { values: wrong }, ...(place === null ? {} : { at: place }) },
    );
  }
  await session.run(`${liveSql(columns)}; DROP TABLE "@live_typed"`);
}
