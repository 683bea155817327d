import { ident, literal } from '#lib/base/sql';
import type { Measure } from '#lib/calculation/calculation';
import { textSql } from '#lib/compare/values-sql';
import { cellNames, type Shape, timestampSql, withinSql } from '#lib/replay/shape';

/** What a measure takes from one event, as text: NULL where its filter leaves the event out. */
function inputSql(shape: Shape, measure: Measure, i: number): string {
  const index = shape.calculation.aggregates.findIndex((a) => a.id === measure.single);
  const aggregate = shape.calculation.aggregates[index];
  if (aggregate === undefined) return `NULL::VARCHAR AS x${i}`;
  const star = aggregate.inputs.every((x) => x.argument === null);
  const value = star
    ? `'1'`
    : aggregate.fn === 'count'
      ? `CASE WHEN "@x${index}" IS NULL THEN '0' ELSE '1' END`
      : `"@x${index}"::VARCHAR`;
  return `CASE WHEN "@f${index}" THEN ${value} END AS x${i}`;
}

/** All columns of a record `a`, as JSON. */
const rawSql = ({ columns }: Shape): string =>
  `to_json(struct_pack(${columns.map(({ name }) => `${ident(name)} := a.${ident(name)}::VARCHAR`).join(', ')}))::VARCHAR`;

/** Why an event of a cell is or is not counted in it. */
function roleSql(shape: Shape): string {
  const { cut, baseline, state } = shape.plan.live;
  const arms: string[] = [];
  if (state === 'running' && baseline !== null && baseline !== 'none') {
    arms.push(`WHEN e."@clock" < ${timestampSql(baseline.at)} THEN 'before_baseline'`);
  }
  if (state === 'window') arms.push(`WHEN NOT ${withinSql('e."@clock"', shape.plan.window)} THEN 'outside'`);
  if (cut?.kind === 'instant') arms.push(`WHEN e."@clock" >= ${timestampSql(cut.at)} THEN 'pending'`);
  if (cut?.kind === 'column') arms.push(`WHEN coalesce(e."@clock" > l."@cut", false) THEN 'pending'`);
  return arms.length === 0 ? `'counted'` : `CASE ${arms.join(' ')} ELSE 'counted' END`;
}

/**
 * Writes the evidence of a run: every archived record behind each discrepancy, frozen with it. Columns: `row` (position
 * in discrepancies.csv), `id`, `time`, `arrived`, `file` (index), `line`, `in_window`, `role`, `x0` … (what each measure
 * takes from the event) and `raw` (all columns as JSON). Sorted by row, then time, sequence and id.
 */
export function evidenceSql(shape: Shape, path: string): string {
  const cells = cellNames(shape);
  const { id, sequence } = shape.plan.archive.fields;
  // What decides between events of one time stands first; arrival and place only order copies of one event.
  const deciding = [
    ...(sequence === null ? [] : [`a.${ident(sequence)} NULLS FIRST`]),
    ...(id === null ? [] : [`a.${ident(id)}`]),
  ];
  const inputs = shape.calculation.measures.map((m, i) => inputSql(shape, m, i));
  const none = shape.calculation.measures.map((_, i) => `NULL::VARCHAR AS x${i}`);
  const live =
    shape.plan.live.cut?.kind === 'column' ? `LEFT JOIN "@live" l USING (${cells.join(', ')})` : '';
  const copies =
    id === null
      ? ''
      : `UNION ALL BY NAME SELECT o.row, c."@file", c."@line", c.role, ${none.join(', ')}
         FROM "@copies" c JOIN (SELECT DISTINCT o.row, s.id FROM own o JOIN "@copies" s USING ("@file", "@line")) o USING (id)
         WHERE c.role <> 'event'`;
  return `COPY (
    WITH own AS (
      SELECT d."@seq" AS row, e."@file", e."@line", ${roleSql(shape)} AS role, ${inputs.join(', ')}
      FROM "@events" e JOIN "@discrepancies" d USING (${cells.join(', ')}) ${live}),
    every AS (SELECT * FROM own ${copies})
    SELECT v.row, ${id === null ? 'NULL::VARCHAR' : `a.${ident(id)}::VARCHAR`} AS id, a."@time" AS time, a."@arrived" AS arrived,
      v."@file" AS file, v."@line" AS line, ${withinSql(shape.plan.window.clock === 'time' ? 'a."@time"' : 'a."@arrived"', shape.plan.window)} AS in_window,
      v.role, ${shape.calculation.measures.map((_, i) => `v.x${i}`).join(', ')}, ${rawSql(shape)} AS raw
    FROM every v JOIN archive_events a ON a."@file" = v."@file" AND a."@line" = v."@line"
    ORDER BY ${['v.row', 'a."@time"', ...deciding, 'a."@arrived" NULLS FIRST', 'v."@file"', 'v."@line"'].join(', ')}
  ) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000)`;
}

/**
 * `conflicts.csv` and `conflicts.parquet`: of each id that occurs with several contents, the first record of each content
 * (`counted`: the one that the recalculation takes). `files`: the archive's paths by their index.
 */
export function conflictsSql(
  shape: Shape,
  files: readonly string[],
  { csv, parquet }: { readonly csv: string; readonly parquet: string },
): string {
  const paths = files.map((file, i) => `(${i}, ${literal(file)})`).join(', ');
  const select = `SELECT c.id, f.path AS file, c."@line" AS line, ${textSql('a."@time"', 'TIMESTAMP')} AS time,
      ${textSql('a."@arrived"', 'TIMESTAMP')} AS arrived, c.role = 'event' AS counted, ${rawSql(shape)} AS record
    FROM "@copies" c JOIN archive_events a ON a."@file" = c."@file" AND a."@line" = c."@line"
      JOIN (VALUES ${paths}) f(i, path) ON f.i = c."@file"
    WHERE c.contents > 1 ORDER BY c.id, counted DESC, a."@arrived" NULLS LAST, f.path, c."@line"`;
  return `COPY (${select}) TO ${literal(csv)} (FORMAT csv, HEADER, QUOTE '"', ESCAPE '"', NULLSTR '');
    COPY (${select}) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd)`;
}
