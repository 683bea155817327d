import { z } from 'zod';
import { count } from '#lib/adapters/duckdb/rows';
import { bucketTableSql } from '#lib/adapters/replay/duckdb/replay';
import { Bug, Failure } from '#lib/base/failure';
import type { Interval } from '#lib/base/instant';
import { type ComparedColumns, cellSql } from '#lib/compare/columns';
import { broughtTableSql, comparedSql } from '#lib/compare/compare-sql';
import { fixOfMisfit } from '#lib/compare/misfit';
import { textSql } from '#lib/compare/values-sql';
import { expectedSql } from '#lib/replay/cells-sql';
import type { Session } from '#lib/replay/session';
import { cellNames, type Shape, timestampSql } from '#lib/replay/shape';

/** What one comparison found: cells by class, cells left out as pending, and events after the cut. */
export type Comparison = {
  readonly affected: number;
  readonly classes: ReadonlyMap<string, number>;
  readonly pendingCells: number;
  readonly pendingEvents: number;
};

/**
 * Recalculates the cells of table `affected` over all their events and compares them with `@live`, into table `into`.
 * `scope`: buckets in which live rows without events are looked for (state `bucketed`), null to look nowhere.
 */
export async function compareCells(
  session: Session,
  shape: Shape,
  columns: ComparedColumns,
  from: {
    readonly affected: string;
    readonly interval: Interval;
    readonly scope: readonly Interval[] | null;
    readonly into: string;
  },
): Promise<Comparison> {
  await session.run(expectedSql(shape, '@expected', from.affected, from.interval));
  await session.run(keptSql(shape, from.affected));
  await session.run(broughtTableSql(shape, columns, '@kept', '@brought'));
  await refuseMisfits(session, shape, columns);
  if (from.scope !== null) await session.run(bucketTableSql('@scope', from.scope));
  const looksForOnly =
    from.scope !== null && shape.plan.live.state !== 'running' && shape.plan.live.state !== 'latest';
  await session.run(
    comparedSql(
      shape,
      columns,
      { brought: '@brought', affected: from.affected, scope: looksForOnly ? '@scope' : null },
      from.into,
    ),
  );
  return countClasses(session, from.affected, from.into);
}

/**
 * Table `@kept`: the recalculated cells that can be compared. A `bucketed` cell whose bucket ends after the cut is
 * pending, and so is a cell all of whose events come after it (unless a baseline holds a row of it).
 */
function keptSql(shape: Shape, affected: string): string {
  const { cut, state, baseline } = shape.plan.live;
  const cells = cellNames(shape).join(', ');
  const hasBaseline = state === 'running' && baseline !== null && baseline !== 'none';
  // A cell with no event to hold at all is missing from @expected; with a baseline it is the baseline's row.
  const all = hasBaseline
    ? `SELECT * FROM "${affected}" LEFT JOIN "@expected" USING (${cells})`
    : 'SELECT * FROM "@expected"';
  const started = hasBaseline
    ? `coalesce("@events", 0) > 0 OR EXISTS (SELECT 1 FROM "@baseline" b WHERE ${cellNames(shape)
        .map((c) => `b.${c} = e.${c}`)
        .join(' AND ')})`
    : '"@events" > 0';
  const replace = hasBaseline
    ? ` REPLACE (coalesce("@events", 0) AS "@events", coalesce("@duplicates", 0) AS "@duplicates", coalesce("@tombstone", false) AS "@tombstone")`
    : '';
  if (state !== 'bucketed' || cut === null) {
    return `CREATE OR REPLACE TEMP TABLE "@kept" AS SELECT *${replace} FROM (${all}) e WHERE ${started}`;
  }
  const end =
    cut.kind === 'instant' ? `k."@end" <= ${timestampSql(cut.at)}` : `coalesce(k."@end" <= l."@cut", true)`;
  const live =
    cut.kind === 'instant' ? '' : `LEFT JOIN (SELECT ${cells}, "@cut" FROM "@live") l USING (${cells})`;
  return `CREATE OR REPLACE TEMP TABLE "@kept" AS
    SELECT e.* FROM "@expected" e JOIN "@buckets" k USING ("@b") ${live} WHERE ${end} AND ${started}`;
}

async function refuseMisfits(session: Session, shape: Shape, columns: ComparedColumns): Promise<void> {
  const keys = cellSql(shape, columns)
    .map((c, i) => textSql(c, columns.keys[i]?.type ?? 'TIMESTAMP'))
    .join(` || ', ' || `);
  const [first] = await session.rows(
    `SELECT "@misfit" AS i, "@misfit_value" AS value, ${keys} AS cell FROM "@brought" WHERE "@misfit" IS NOT NULL ORDER BY 1, 3 LIMIT 1`,
    z.object({ i: count, value: z.string().nullable(), cell: z.string().nullable() }),
  );
  if (first === undefined) return;
  const column = [...columns.keys, ...columns.measures][first.i];
  if (column === undefined) throw new Bug(`no column ${first.i} is compared`);
  throw new Failure(
    'plan.measure.not_representable',
    `The live column "${column.name}" is ${column.sqlType} and cannot hold the recalculated value ${first.value} exactly (row ${first.cell ?? '—'}).`,
    { fix: fixOfMisfit(column, first.value, first.i < columns.keys.length) },
  );
}

async function countClasses(session: Session, affected: string, into: string): Promise<Comparison> {
  const row = z.object({ class: z.string(), n: count });
  const classes = await session.rows(
    `SELECT "@class" AS class, count(*) AS n FROM "${into}" GROUP BY 1`,
    row,
  );
  const facts = await session.one(
    `SELECT (SELECT count(*) FROM "${affected}") AS affected, (SELECT count(*) FROM "@kept") AS kept,
      (SELECT coalesce(sum("@pending"), 0)::BIGINT FROM "@expected") AS pending`,
    z.object({ affected: count, kept: count, pending: count }),
  );
  return {
    affected: facts.affected,
    classes: new Map(classes.map((c) => [c.class, c.n])),
    pendingCells: facts.affected - facts.kept,
    pendingEvents: facts.pending,
  };
}
