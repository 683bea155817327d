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

type Read = { readonly alias: string; readonly column: ComparedColumn; readonly zone: string };

/** How each column of a live row is named in table `@live`, with the zone that naive times of it are read in. */
function reads(columns: ComparedColumns, zone: string): Read[] {
  return [
    ...columns.keys.map((column, i) => ({ alias: `@k${i}`, column, zone: 'UTC' })),
    ...(columns.bucket === null ? [] : [{ alias: '@b', column: columns.bucket, zone }]),
    ...columns.measures.map((column, i) => ({ alias: `@m${i}`, column, zone: 'UTC' })),
  ];
}

/** Table `@live`: the live rows, typed, without those that have a NULL key. */
export function liveSql(columns: ComparedColumns, zone: string): string {
  const typed = reads(columns, zone).map(
    (r) => `${strictSql(ident(r.column.name), r.column.type, r.zone)} AS "${r.alias}"`,
  );
  if (columns.cut !== null) typed.push(`${strictSql(ident(columns.cut), 'TIMESTAMP', 'UTC')} AS "@cut"`);
  const keys = [...columns.keys, ...(columns.bucket === null ? [] : [columns.bucket])];
  const present = keys.map((k) => `${ident(k.name)} IS NOT NULL`).join(' AND ');
  return `CREATE OR REPLACE TEMP TABLE "@live" AS SELECT "@row", ${typed.join(', ')} FROM "@live_text" WHERE ${present}`;
}

/** The first live value that does not fit its type: `row`, `column`, `value`, `type`. */
export function unreadableLiveSql(columns: ComparedColumns, zone: string): string {
  const cut =
    columns.cut === null ? [] : [{ alias: '@cut', name: columns.cut, type: 'TIMESTAMP', zone: 'UTC' }];
  const each = [
    ...reads(columns, zone).map((r) => ({
      alias: r.alias,
      name: r.column.name,
      type: r.column.type,
      zone: r.zone,
    })),
    ...cut,
  ];
  return each
    .map(
      (
        r,
      ) => `(SELECT t."@row" AS row, ${literal(r.name)} AS "column", ${ident(r.name)} AS value, ${literal(r.type)} AS type
        FROM "@live_text" t WHERE ${ident(r.name)} IS NOT NULL AND (${strictSql(ident(r.name), r.type, r.zone)}) IS NULL
        ORDER BY 1 LIMIT 1)`,
    )
    .join(' UNION ALL ');
}
