import { ident, literal } from '#lib/base/sql';
import {
  type ComparedColumn,
  type ComparedColumns,
  isFloat,
  isInteger,
  isNumeric,
} from '#lib/compare/columns';
import { ownScaleSql, storeTextSql, textSql } from '#lib/compare/values-sql';

const CSV = `(FORMAT csv, HEADER, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`;

/** `huge`: of 128 bits, which Parquet does not have (DuckDB would write a rounded double). */
type Column = { readonly sql: string; readonly text: string; readonly name: string; readonly huge: boolean };

const isHuge = (type: string): boolean => /^U?HUGEINT$/.test(type);

function cells(columns: ComparedColumns): Column[] {
  const keys = columns.keys.map((c, i) => ({
    sql: `"@k${i}"`,
    text: ownScaleSql(textSql(`"@k${i}"`, c.type), c),
    name: c.name,
    huge: isHuge(c.type),
  }));
  if (columns.bucket === null) return keys;
  return [
    ...keys,
    { sql: '"@b"', text: textSql('"@b"', 'TIMESTAMP'), name: columns.bucket.name, huge: false },
  ];
}

function measures(columns: ComparedColumns): Column[] {
  return columns.measures.flatMap((c, i) => [
    {
      sql: `"@l${i}"`,
      text: ownScaleSql(textSql(`"@l${i}"`, c.type), c),
      name: `${c.name}_live`,
      huge: isHuge(c.type),
    },
    {
      sql: `"@m${i}"`,
      text: ownScaleSql(textSql(`"@m${i}"`, c.type), c),
      name: `${c.name}_recalculated`,
      huge: isHuge(c.type),
    },
    {
      sql: `"@d${i}"`,
      text: ownScaleSql(`CAST("@d${i}" AS VARCHAR)`, c),
      name: `${c.name}_delta`,
      huge: isInteger(c.type),
    },
  ]);
}

/** The tables of cells that differ: of the window, and of the control stretch. */
export type CellTable = '@discrepancies' | '@control_rows';

/** True where every integer of 128 bits in `table` fits a DECIMAL(38,0). */
export function fitsDecimalSql(columns: ComparedColumns, table: CellTable): string {
  const huge = [...cells(columns), ...measures(columns)].filter((c) => c.huge);
  const wrong = huge.map((c) => `(${c.sql} IS NOT NULL AND TRY_CAST(${c.sql} AS DECIMAL(38,0)) IS NULL)`);
  return `SELECT NOT coalesce(bool_or(${wrong.join(' OR ') || 'false'}), false) AS fits FROM "${table}"`;
}

/**
 * `discrepancies.csv` and `discrepancies.parquet`, or `control.csv` and `control.parquet`: the same rows, as text and
 * typed. Integers of 128 bits stand in Parquet as `huge`: DECIMAL(38,0), or VARCHAR where one is too large for it.
 */
export function discrepancyFilesSql(
  columns: ComparedColumns,
  table: CellTable,
  { csv, parquet, huge }: { csv: string; parquet: string; huge: 'DECIMAL(38,0)' | 'VARCHAR' },
): string {
  const all = [
    { sql: '"@class"', text: '"@class"', name: 'class', huge: false },
    ...cells(columns),
    ...measures(columns),
    { sql: '"@events"', text: '"@events"::VARCHAR', name: 'events', huge: false },
    { sql: '"@duplicates"', text: '"@duplicates"::VARCHAR', name: 'duplicates', huge: false },
  ].map((c) => (c.huge ? { ...c, sql: `${c.sql}::${huge}` } : c));
  const select = (kind: 'sql' | 'text'): string =>
    all.map((c) => `${c[kind]} AS ${ident(c.name)}`).join(', ');
  return `COPY (SELECT ${select('text')} FROM "${table}" ORDER BY "@seq") TO ${literal(csv)} ${CSV};
    COPY (SELECT ${select('sql')} FROM "${table}" ORDER BY "@seq") TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd)`;
}

/** `corrections.csv`: the rows as the patch will leave them (updates and inserts). */
export function correctionsSql(columns: ComparedColumns, csv: string): string {
  const after = columns.measures.map((c, i) => ({
    text: ownScaleSql(textSql(`"@m${i}"`, c.type), c),
    name: c.name,
  }));
  const select = [...cells(columns), ...after].map((c) => `${c.text} AS ${ident(c.name)}`).join(', ');
  return `COPY (SELECT ${select} FROM "@discrepancies" WHERE "@op" IN ('update', 'insert') ORDER BY "@seq") TO ${literal(csv)} ${CSV}`;
}

/** `rejects.csv`: what went to quarantine, in file and line order. */
export const rejectsSql = (csv: string): string =>
  `COPY (SELECT file, line, reason, record FROM "@rejects" ORDER BY file, line, reason) TO ${literal(csv)} ${CSV}`;

/** `patch.parquet`, as `PatchHeader` describes it. `modes` says which measures are written by delta. */
export function patchRowsSql(
  columns: ComparedColumns,
  zone: string,
  modes: readonly ('set' | 'delta')[],
  parquet: string,
): string {
  const keys = columns.keys.map(
    (c, i) => `${ownScaleSql(storeTextSql(`"@k${i}"`, c, 'UTC'), c)} AS key_${i}`,
  );
  if (columns.bucket !== null)
    keys.push(`${storeTextSql('"@b"', columns.bucket, zone)} AS key_${columns.keys.length}`);
  const side = (letter: 'l' | 'm', name: string, present: string): string[] =>
    columns.measures.map(
      (c, i) =>
        `CASE WHEN ${present} THEN ${ownScaleSql(storeTextSql(`"@${letter}${i}"`, c, 'UTC'), c)} END AS ${name}_${i}`,
    );
  // a delta without end, or none (NaN), would not lead to the value: such a measure is set, and guarded by its value
  const adds = (c: ComparedColumn, i: number): string =>
    isFloat(c.type) ? `"@op" = 'update' AND isfinite("@d${i}")` : `"@op" = 'update'`;
  const deltas = columns.measures.map((c, i) =>
    modes[i] === 'delta'
      ? `CASE WHEN ${adds(c, i)} THEN ${ownScaleSql(`CAST("@d${i}" AS VARCHAR)`, c)} END AS delta_${i}`
      : `NULL::VARCHAR AS delta_${i}`,
  );
  return `COPY (SELECT (row_number() OVER (ORDER BY "@seq") - 1)::BIGINT AS seq, "@op" AS op, ${keys.join(', ')},
      ${side('l', 'before', `"@op" <> 'insert'`).join(', ')}, ${side('m', 'after', `"@op" <> 'delete'`).join(', ')}, ${deltas.join(', ')}
    FROM "@discrepancies" WHERE "@op" IS NOT NULL ORDER BY "@seq") TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd)`;
}

/** Sums of the deltas of the rows that the patch writes: `n<i>`, and their positive and negative parts. */
export function netDeltaSql(columns: ComparedColumns): string {
  const sums = columns.measures.flatMap((c, i) => {
    // aggregates, so that there is one row also where no measure is a number
    if (!isNumeric(c.type)) return ['n', 'p', 'q'].map((part) => `max(NULL::VARCHAR) AS ${part}${i}`);
    const text = (value: string): string => ownScaleSql(`CAST(${value} AS VARCHAR)`, c);
    const sum = isFloat(c.type) ? `sum("@d${i}" ORDER BY "@seq")` : `sum("@d${i}")`;
    return [
      `${text(`coalesce(${sum}, 0)`)} AS n${i}`,
      `${text(`coalesce(${sum} FILTER (WHERE "@d${i}" > 0), 0)`)} AS p${i}`,
      `${text(`coalesce(${sum} FILTER (WHERE "@d${i}" < 0), 0)`)} AS q${i}`,
    ];
  });
  return `SELECT ${sums.join(', ')} FROM "@discrepancies" WHERE "@op" IS NOT NULL`;
}
