import { ident, literal } from '#lib/base/sql';
import type { ComparedColumn, ComparedColumns } from '#lib/compare/columns';
import { strictSql } from '#lib/compare/values-sql';

/** A snapshot as a LiveStore writes it: every column as text, NULL unquoted and empty. */
const readSnapshot = (path: string, names: readonly string[]): string =>
  `read_csv(${literal(path)}, header = true, delim = ',', quote = '"', escape = '"', nullstr = '',
    allow_quoted_nulls = false, auto_detect = false, strict_mode = true, max_line_size = 16777216,
    columns = {${names.map((n) => `${literal(n)}: 'VARCHAR'`).join(', ')}})`;

/** Table `@live_text`: the snapshot as text, `@row` from 1. */
export const liveTextSql = (path: string, names: readonly string[]): string =>
  `CREATE OR REPLACE TEMP TABLE "@live_text" AS SELECT row_number() OVER () AS "@row", * FROM ${readSnapshot(path, names)}`;

type Read = { readonly alias: string; readonly name: string; readonly type: string; readonly zone: string };

/** How each column of a live row is named in the session, with the zone that naive times of it are read in. */
function reads(columns: ComparedColumns, zone: string): Read[] {
  const read = (alias: string, c: ComparedColumn, inZone: string): Read => ({
    alias,
    name: c.name,
    type: c.type,
    zone: inZone,
  });
  return [
    ...columns.keys.map((c, i) => read(`@k${i}`, c, 'UTC')),
    ...(columns.bucket === null ? [] : [read('@b', columns.bucket, zone)]),
    ...columns.measures.map((c, i) => read(`@m${i}`, c, 'UTC')),
    ...(columns.cut === null ? [] : [{ alias: '@cut', name: columns.cut, type: 'TIMESTAMP', zone: 'UTC' }]),
  ];
}

/** Table `@live_typed`: every live row, typed; NULL where a value does not fit. */
export function liveTypedSql(columns: ComparedColumns, zone: string): string {
  const typed = reads(columns, zone).map(
    (r) => `${strictSql(ident(r.name), r.type, r.zone)} AS "${r.alias}"`,
  );
  return `CREATE OR REPLACE TEMP TABLE "@live_typed" AS SELECT "@row", ${typed.join(', ')} FROM "@live_text"`;
}

/** The first live value of each column that does not fit its type: `row`, `column`, `value`, `type`. */
export function unreadableLiveSql(columns: ComparedColumns, zone: string): string {
  return reads(columns, zone)
    .map(
      (
        r,
      ) => `(SELECT "@row" AS row, ${literal(r.name)} AS "column", t.${ident(r.name)} AS value, ${literal(r.type)} AS type
        FROM "@live_text" t POSITIONAL JOIN (SELECT "${r.alias}" AS "@typed" FROM "@live_typed")
        WHERE "@typed" IS NULL AND t.${ident(r.name)} IS NOT NULL ORDER BY 1 LIMIT 1)`,
    )
    .join(' UNION ALL ');
}

/** Table `@live`: the typed live rows without those that have a NULL key. */
export function liveSql(columns: ComparedColumns): string {
  const keys = [...columns.keys.map((_, i) => `"@k${i}"`), ...(columns.bucket === null ? [] : ['"@b"'])];
  return `CREATE OR REPLACE TEMP TABLE "@live" AS
    SELECT * FROM "@live_typed" WHERE ${keys.map((k) => `${k} IS NOT NULL`).join(' AND ')}`;
}
