import { ident } from '#lib/base/sql';
import {
  bucketOf,
  byVersion,
  clockSql,
  contentColumns,
  contentRow,
  keyNames,
  type Shape,
  sequenceSql,
  tieBreakSql,
} from '#lib/replay/shape';

/**
 * Table `@copies`: every record whose id occurs more than once, with its `role`: `event` (the copy that arrived
 * first), `duplicate` (an identical extra copy) or `conflict` (the same id with other content, not chosen), and
 * `extra`, the identical extra copies of the event. Ids that occur once are found by hash and never sorted.
 */
export function copiesSql(shape: Shape): string {
  const { id } = shape.plan.archive.fields;
  if (id === null) {
    return `CREATE OR REPLACE TEMP TABLE "@copies" ("@file" INTEGER, "@line" BIGINT, id VARCHAR, role VARCHAR, extra BIGINT, contents BIGINT)`;
  }
  const key = ident(id);
  const order = `"@arrived" NULLS LAST, "@s" NULLS LAST`;
  const down = shape.plan.archive.conflicts === 'last' ? ' DESC' : '';
  const chosen = `"@arrived"${down} NULLS ${down ? 'FIRST' : 'LAST'}, "@s"${down} NULLS ${down ? 'FIRST' : 'LAST'}, "@time"${down}, "@content"${down}`;
  return `CREATE OR REPLACE TEMP TABLE "@suspects" AS
      SELECT hash(${key}) AS h FROM archive_events GROUP BY 1 HAVING count(*) > 1;
    CREATE OR REPLACE TEMP TABLE "@copies" AS
      WITH suspects AS (
        SELECT *, ${sequenceSql(shape)} AS "@s" FROM archive_events WHERE hash(${key}) IN (SELECT h FROM "@suspects")),
      copies AS (
        SELECT "@file", "@line", ${key} AS id, "@time", "@arrived", "@s", ${contentRow(shape)} AS "@content",
          row_number() OVER (alike ORDER BY ${order}, "@file", "@line") AS copy,
          count(*) OVER alike - 1 AS extra
        FROM suspects WINDOW alike AS (PARTITION BY ${[key, ...contentColumns(shape)].join(', ')})),
      firsts AS (
        SELECT "@file", "@line", row_number() OVER (PARTITION BY id ORDER BY ${chosen}) AS choice,
          count(*) OVER (PARTITION BY id) AS contents
        FROM copies WHERE copy = 1)
      SELECT c."@file", c."@line", c.id::VARCHAR AS id,
        CASE WHEN c.copy > 1 THEN 'duplicate' WHEN f.choice > 1 THEN 'conflict' ELSE 'event' END AS role,
        c.extra, f.contents
      FROM copies c LEFT JOIN firsts f USING ("@file", "@line")
      WHERE c.extra > 0 OR f.contents > 1;
    DROP TABLE "@suspects"`;
}

/** View `@distinct`: every event once, with `@extra`, its identical extra copies. */
export const distinctSql = (): string => `CREATE OR REPLACE TEMP VIEW "@distinct" AS
  SELECT e.*, coalesce(c.extra, 0) AS "@extra" FROM archive_events e
  LEFT JOIN "@copies" c ON c."@file" = e."@file" AND c."@line" = e."@line"
  WHERE c.role IS NULL OR c.role = 'event'`;

/**
 * Views `@keyed` (events that `where` lets pass, with keys that may still be NULL) and `@events` (those with all
 * keys, with the bucket, the clock and the aggregates' inputs `@x0` …, filters `@f0` …).
 */
export function eventsSql(shape: Shape): string {
  const { calculation, plan } = shape;
  const wheres = calculation.versions.map((v) => v.where ?? 'true');
  const keys = plan.live.keys.map((name, i) => {
    const each = calculation.versions.map((v) => v.keys.find((k) => k.name === name)?.sql ?? 'NULL');
    return `${byVersion(shape, each)} AS "@k${i}"`;
  });
  const inputs = calculation.aggregates.flatMap((a, i) => [
    `${byVersion(
      shape,
      a.inputs.map((x) => x.argument ?? 'NULL'),
    )} AS "@x${i}"`,
    `${byVersion(
      shape,
      a.inputs.map((x) => x.filter ?? 'true'),
    )} AS "@f${i}"`,
  ]);
  const named = [
    ...inputs,
    `${clockSql(shape)} AS "@clock"`,
    `${sequenceSql(shape)} AS "@seq"`,
    `${tieBreakSql(shape)} AS "@tie"`,
    `${calculation.deleted ?? 'false'} AS "@deleted"`,
    `${bucketOf(shape, '"@time"')} AS "@b"`,
  ];
  const allKeys = keyNames(shape)
    .map((k) => `${k} IS NOT NULL`)
    .join(' AND ');
  return `CREATE OR REPLACE TEMP VIEW "@passed" AS SELECT * FROM "@distinct" WHERE ${byVersion(shape, wheres)};
    CREATE OR REPLACE TEMP VIEW "@keyed" AS SELECT *, ${keys.join(', ')} FROM "@passed";
    CREATE OR REPLACE TEMP VIEW "@events" AS
      SELECT "@time", "@arrived", "@file", "@line", "@extra", ${keyNames(shape).join(', ')}, ${named.join(', ')}
      FROM "@keyed" WHERE ${allKeys}`;
}

/** Table `@unkeyed`: events that pass `where` and have no usable key. They go to quarantine. */
export function unkeyedSql(shape: Shape): string {
  const reasons = shape.plan.live.keys.map(
    (name, i) => `WHEN "@k${i}" IS NULL THEN 'key: ' || '${name.replaceAll("'", "''")}' || ' is NULL'`,
  );
  const record = shape.columns.map((c) => `coalesce(${ident(c.name)}::VARCHAR, '')`).join(` || ',' || `);
  return `CREATE OR REPLACE TEMP TABLE "@unkeyed" AS
    SELECT "@file", "@line", CASE ${reasons.join(' ')} END AS reason, left(${record}, 1000) AS record
    FROM "@keyed" WHERE ${keyNames(shape)
      .map((k) => `${k} IS NULL`)
      .join(' OR ')}`;
}
