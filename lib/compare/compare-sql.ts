import { literal } from '#lib/base/sql';
import type { Measure } from '#lib/calculation/calculation';
import { type ComparedColumns, cellSql, isDecimal, isFloat, isNumeric, scaleOf } from '#lib/compare/columns';
import type { CellClass } from '#lib/compare/discrepancy';
import { broughtSql, changedByTypeSql, equalSql, textSql } from '#lib/compare/values-sql';
import { type Shape, timestampSql } from '#lib/replay/shape';

/**
 * Table `name`: the recalculated cells in the live columns' types: `@k0` …, `@b`, `@m0` … and what the replay knows of
 * them; `@misfit` is the index of the first key or measure whose value the live type cannot hold, else NULL.
 */
export function broughtTableSql(shape: Shape, columns: ComparedColumns, from: string, name: string): string {
  const keys = columns.keys.map((c, i) => ({
    c,
    raw: `"@k${i}"`,
    sql: broughtSql(`"@k${i}"`, c),
    as: `"@k${i}"`,
  }));
  const measures = columns.measures.map((c, i) => ({
    c,
    raw: `"@r${i}"`,
    sql: broughtSql(`"@r${i}"`, c),
    as: `"@m${i}"`,
  }));
  const all = [...keys, ...measures];
  const misfit = all.map((x, i) => `WHEN ${changedByTypeSql(x.raw, `(${x.sql})`, x.c)} THEN ${i}`).join(' ');
  const bucket = shape.plan.live.state === 'bucketed' ? '"@b",' : '';
  const raw = shape.calculation.measures.map((m, i) => `${withBaseline(shape, m, i)} AS "@r${i}"`).join(', ');
  const base = hasBaseline(shape)
    ? ` LEFT JOIN "@baseline" b USING (${cellSql(shape, columns).join(', ')})`
    : '';
  return `CREATE OR REPLACE TEMP TABLE "${name}" AS
    SELECT ${all.map((x) => `${x.sql} AS ${x.as}`).join(', ')}, ${bucket} "@events", "@duplicates", "@tombstone", "@newest",
      CASE ${misfit} END AS "@misfit",
      CASE ${all.map((x) => `WHEN ${changedByTypeSql(x.raw, `(${x.sql})`, x.c)} THEN ${textSql(x.raw, x.c.from)}`).join(' ')} END AS "@misfit_value"
    FROM (SELECT e.*, ${raw} FROM "${from}" e${base})`;
}

const hasBaseline = ({ plan }: Shape): boolean =>
  plan.live.state === 'running' && plan.live.baseline !== null && plan.live.baseline !== 'none';

/** A measure with what the baseline holds of it: sum and count add, min and max compare, last takes the newer. */
function withBaseline(shape: Shape, measure: Measure, i: number): string {
  if (!hasBaseline(shape)) return measure.sql;
  const { aggregates } = shape.calculation;
  const at = aggregates.findIndex((a) => a.id === measure.single);
  const fn = aggregates[at]?.fn;
  const base = `b."@m${i}"`;
  if (fn === 'sum' || fn === 'count') return `coalesce(${measure.sql} + ${base}, ${measure.sql}, ${base})`;
  if (fn === 'min') return `least(${measure.sql}, ${base})`;
  if (fn === 'max') return `greatest(${measure.sql}, ${base})`;
  const seen = aggregates[at]?.inputs.some((x) => x.filter !== null) ? `"@n${at}"` : '"@events"';
  return `CASE WHEN ${seen} > 0 THEN ${measure.sql} ELSE ${base} END`;
}

/** Live rows that may be `only_in_live`: in scope, and the archive holds no event of their cell whatever. */
export function onlyInLiveSql(
  shape: Shape,
  columns: ComparedColumns,
  affected: string,
  scope: string,
): string {
  const cells = cellSql(shape, columns).join(', ');
  if (shape.plan.live.state === 'window') {
    return `SELECT l.* FROM "@live" l ANTI JOIN "${affected}" a USING (${cells})`;
  }
  const ended = shape.plan.live.cut?.kind === 'column' ? 'WHERE coalesce(s."@end" <= r."@cut", true)' : '';
  return `SELECT l.* FROM (SELECT r.* FROM "@live" r JOIN "${scope}" s USING ("@b") ${ended}) l
    ANTI JOIN (SELECT ${cells} FROM "@events" SEMI JOIN "${scope}" s USING ("@b")) e USING (${cells})`;
}

const equalRow = (columns: ComparedColumns): string =>
  columns.measures.map((c, i) => equalSql(`e."@m${i}"`, `l."@m${i}"`, c)).join(' AND ');

function classSql(shape: Shape, columns: ComparedColumns): string {
  const after = `coalesce(e."@newest" >= ${timestampSql(shape.plan.window.to)}, false)`;
  const superseded =
    shape.plan.live.state === 'latest' ? `WHEN ${equalRow(columns)} AND ${after} THEN 'superseded'` : '';
  return `CASE
    WHEN e."@tombstone" AND l."@row" IS NULL THEN 'match'
    WHEN e."@tombstone" THEN 'deleted'
    WHEN l."@row" IS NULL THEN 'missing_in_live'
    ${superseded}
    WHEN ${equalRow(columns)} THEN 'match'
    ELSE 'changed' END`;
}

/**
 * Table `name`: every compared cell with its class: `@class`, the cell's columns, `@l0` … live and `@m0` … recalculated
 * (NULL for a tombstone and for only_in_live), `@events`, `@duplicates`, `@row` (live row, NULL where there is none).
 */
export function comparedSql(
  shape: Shape,
  columns: ComparedColumns,
  from: { readonly brought: string; readonly affected: string; readonly scope: string | null },
  name: string,
): string {
  const cells = cellSql(shape, columns);
  const live = columns.measures.map((_, i) => `l."@m${i}" AS "@l${i}"`).join(', ');
  const mine = columns.measures
    .map((_, i) => `CASE WHEN e."@tombstone" THEN NULL ELSE e."@m${i}" END AS "@m${i}"`)
    .join(', ');
  const none = columns.measures.map((_, i) => `NULL AS "@m${i}"`).join(', ');
  const only =
    from.scope === null
      ? ''
      : `UNION ALL BY NAME
    SELECT 'only_in_live' AS "@class", ${cells.map((c) => `l.${c}`).join(', ')}, ${live}, ${none},
      0::BIGINT AS "@events", 0::BIGINT AS "@duplicates", l."@row" AS "@row"
    FROM (${onlyInLiveSql(shape, columns, from.affected, from.scope)}) l`;
  return `CREATE OR REPLACE TEMP TABLE "${name}" AS
    SELECT ${classSql(shape, columns)} AS "@class", ${cells.map((c) => `e.${c}`).join(', ')}, ${live}, ${mine},
      e."@events", e."@duplicates", l."@row" AS "@row"
    FROM "${from.brought}" e LEFT JOIN "@live" l USING (${cells.join(', ')}) ${only}`;
}

/** recalculated − live, a missing row or NULL counting as 0; NULL when both are NULL and for what is no number (NaN). */
export function deltaSql(columns: ComparedColumns, i: number): string {
  const type = columns.measures[i]?.type ?? 'VARCHAR';
  if (!isNumeric(type)) return 'NULL::VARCHAR';
  const wide = isDecimal(type) ? `DECIMAL(38,${scaleOf(type)})` : isFloat(type) ? type : 'HUGEINT';
  const side = (x: string): string => `coalesce("@${x}${i}"::${wide}, 0)`;
  const difference = `${side('m')} - ${side('l')}`;
  const none = isFloat(type) ? ` OR isnan(${difference})` : '';
  return `CASE WHEN "@m${i}" IS NULL AND "@l${i}" IS NULL${none} THEN NULL ELSE ${difference} END`;
}

/** Table `into`: the cells of `compared` whose class is not one of `fine`, as `discrepanciesSql` says. */
function listedSql(
  shape: Shape,
  columns: ComparedColumns,
  from: { readonly compared: string; readonly into: string; readonly fine: readonly CellClass[] },
): string {
  const onlyOp = shape.plan.patch.onlyInLive === 'delete' ? `'delete'` : 'NULL';
  const order = cellSql(shape, columns)
    .map((c) => `${c} NULLS LAST`)
    .join(', ');
  const deltas = columns.measures.map((_, i) => `${deltaSql(columns, i)} AS "@d${i}"`).join(', ');
  return `CREATE OR REPLACE TEMP TABLE "${from.into}" AS
    SELECT (row_number() OVER (ORDER BY ${order}) - 1)::BIGINT AS "@seq", *, ${deltas},
      CASE "@class" WHEN 'changed' THEN 'update' WHEN 'missing_in_live' THEN 'insert' WHEN 'deleted' THEN 'delete'
        WHEN 'only_in_live' THEN ${onlyOp} END AS "@op"
    FROM "${from.compared}" WHERE "@class" NOT IN (${from.fine.map(literal).join(', ')}) ORDER BY "@seq"`;
}

/**
 * Table `@discrepancies`: every compared cell that is not a match, in the contract's order (`@seq` from 0): keys as their
 * types order them, then the bucket; with `@d0` … deltas and `@op`, what the patch does with it (NULL: nothing).
 */
export const discrepanciesSql = (shape: Shape, columns: ComparedColumns, compared: string): string =>
  listedSql(shape, columns, { compared, into: '@discrepancies', fine: ['match'] });

/** Table `@control_rows`: the cells of the control stretch that differ, in the same form and order. */
export const controlRowsSql = (shape: Shape, columns: ComparedColumns, compared: string): string =>
  listedSql(shape, columns, { compared, into: '@control_rows', fine: ['match', 'superseded'] });

/** A value in a form in which equal values are equal text, scale aside. */
function checksumText(value: string, type: string): string {
  if (!isDecimal(type)) return textSql(value, type);
  const text = `CAST(${value} AS VARCHAR)`;
  return scaleOf(type) === 0 ? text : `rtrim(rtrim(${text}, '0'), '.')`;
}

/**
 * The two checksums over all compared cells, as one row of `recalculated` and `live`. Order-independent: the sums of a
 * 128-bit hash of each cell. A cell that is a match within its tolerance adds the same to both.
 */
export function checksumsSql(shape: Shape, columns: ComparedColumns, compared: string): string {
  const cells = [
    ...columns.keys.map((c, i) => checksumText(`"@k${i}"`, c.type)),
    ...(shape.plan.live.state === 'bucketed' ? [textSql('"@b"', 'TIMESTAMP')] : []),
  ];
  const part = (sql: string): string => `coalesce(length(${sql})::VARCHAR || ':' || ${sql}, '-')`;
  const values = (side: string): string[] =>
    columns.measures.map((c, i) => part(checksumText(`"@${side}${i}"`, c.type)));
  const same = `"@class" IN ('match', 'superseded')`;
  const mine = `CASE WHEN "@class" = 'only_in_live' OR ("@class" = 'deleted') THEN 'none' ELSE ${values('m').join(` || `)} END`;
  const live = `CASE WHEN ${same} THEN ${mine} WHEN "@row" IS NULL THEN 'none' ELSE ${values('l').join(` || `)} END`;
  const hash = (row: string): string =>
    `sha256(count(*)::VARCHAR || '/' || coalesce(sum(md5_number_upper(${row})::HUGEINT), 0)::VARCHAR || '/' ||
      coalesce(sum(md5_number_lower(${row})::HUGEINT), 0)::VARCHAR)`;
  return `SELECT ${hash('r')} AS recalculated, ${hash('l')} AS live FROM (
    SELECT c || m AS r, c || v AS l FROM (
      SELECT ${cells.map(part).join(` || `)} || ${literal('=')} AS c, ${mine} AS m, ${live} AS v FROM "${compared}"))`;
}
