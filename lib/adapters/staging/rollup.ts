import { z } from 'zod';
import type { StagedArchive } from '#lib/archive/archive';
import { ident, listLiteral, literal } from '#lib/base/sql';
import type { FieldMap } from '#lib/plan/plan';
import type { Session } from '#lib/replay/session';
import { LATE_AFTER_SECONDS } from '#lib/window/timeline';

/**
 * Writes what the timeline shows, a row a clock and minute: events, identical extra copies, late arrivals, rejected
 * records. A rejected record has no time of its own: it counts in the minute of the nearest readable record before it
 * in its file (else of the first after it). Gives the number of identical extra copies.
 */
export async function writeRollup(
  session: Session,
  staged: StagedArchive,
  fields: FieldMap,
  path: string,
): Promise<bigint> {
  await session.run(copiesSql(staged, fields.id));
  await session.run(rejectedSql(staged));
  const late = `"@arrived" - "@time" > to_seconds(${LATE_AFTER_SECONDS})`;
  const clock = (name: string, column: string): string => `
    SELECT ${literal(name)} AS clock, epoch_us(${column}) // 60000000 AS m, count(*) AS events, 0 AS duplicates,
      count(*) FILTER (${late}) AS late, 0 AS rejected FROM archive_events WHERE ${column} IS NOT NULL GROUP BY ALL
    UNION ALL SELECT ${literal(name)}, epoch_us(${column}) // 60000000, 0, count(*), 0, 0 FROM "@extra_copies"
      WHERE ${column} IS NOT NULL GROUP BY ALL
    UNION ALL SELECT ${literal(name)}, epoch_us(${column}) // 60000000, 0, 0, 0, count(*) FROM "@rejected_times"
      WHERE ${column} IS NOT NULL GROUP BY ALL`;
  await session.run(
    `COPY (SELECT clock, make_timestamp(CAST(m * 60000000 AS BIGINT)) AS minute, sum(events)::BIGINT AS events,
         sum(duplicates)::BIGINT AS duplicates, sum(late)::BIGINT AS late, sum(rejected)::BIGINT AS rejected
       FROM (${clock('time', '"@time"')} UNION ALL ${clock('ingested', '"@arrived"')}) GROUP BY clock, m ORDER BY clock, m)
     TO ${literal(path)} (FORMAT parquet)`,
  );
  const { n } = await session.one(
    'SELECT count(*)::VARCHAR AS n FROM "@extra_copies"',
    z.object({ n: z.string() }),
  );
  await session.run('DROP TABLE "@extra_copies"; DROP TABLE "@rejected_times"');
  return BigInt(n);
}

/** The copies of an event after the one that arrived first: the same id, the same content. Ids that occur once are found by hash. */
function copiesSql(staged: StagedArchive, id: string | null): string {
  const form = 'CREATE OR REPLACE TEMP TABLE "@extra_copies"';
  if (id === null) return `${form} ("@time" TIMESTAMP, "@arrived" TIMESTAMP)`;
  const content = staged.columns.filter((c) => !staged.notContent.includes(c.name)).map((c) => ident(c.name));
  return `${form} AS
    WITH suspects AS (SELECT hash(${ident(id)}) AS h FROM archive_events GROUP BY 1 HAVING count(*) > 1)
    SELECT "@time", "@arrived" FROM (
      SELECT "@time", "@arrived", row_number() OVER (PARTITION BY ${content.join(', ')}
        ORDER BY "@arrived" NULLS LAST, "@file", "@line") AS copy
      FROM archive_events WHERE hash(${ident(id)}) IN (SELECT h FROM suspects)) WHERE copy > 1`;
}

function rejectedSql(staged: StagedArchive): string {
  const form = 'CREATE OR REPLACE TEMP TABLE "@rejected_times"';
  if (staged.rejected === 0n) return `${form} ("@time" TIMESTAMP, "@arrived" TIMESTAMP)`;
  const paths = listLiteral(staged.files.map((f) => f.path));
  const side = (order: string): string =>
    `SELECT r.f, r.line, e."@time", e."@arrived" FROM rejected r ASOF LEFT JOIN near e ON e."@file" = r.f AND r.line ${order} e."@line"`;
  return `${form} AS
    WITH rejected AS (SELECT CAST(list_position(${paths}, file) - 1 AS INTEGER) AS f, line FROM archive_rejects),
    near AS (SELECT "@file", "@line", "@time", "@arrived" FROM archive_events WHERE "@file" IN (SELECT f FROM rejected)),
    before AS (${side('>=')}), after AS (${side('<=')})
    SELECT coalesce(b."@time", a."@time") AS "@time", coalesce(b."@arrived", a."@arrived") AS "@arrived"
    FROM before b JOIN after a USING (f, line)`;
}
