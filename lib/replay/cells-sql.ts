import type { Interval } from '#lib/base/instant';
import type { Aggregate } from '#lib/calculation/calculation';
import { cellNames, type Shape, timestampSql, withinSql } from '#lib/replay/shape';

/** Aggregates whose result depends on the order of their inputs. Sums of floats do: rounding is not associative. */
const ORDERED = new Set(['first', 'last']);
const FLOAT = /^(FLOAT|DOUBLE|REAL)$/;

function aggregateSql(shape: Shape, aggregate: Aggregate, index: number): string {
  const { fn, distinct, inputs } = aggregate;
  const star = inputs.every((x) => x.argument === null);
  const filter = inputs.some((x) => x.filter !== null) ? ` FILTER (WHERE "@f${index}")` : '';
  if (star) return `count(*)${filter}`;
  const type = shape.calculation.argumentTypes[index] ?? '';
  const ordered = ORDERED.has(fn) || ((fn === 'sum' || fn === 'avg') && FLOAT.test(type));
  // One order for all: time, sequence, id. NULL sequences first, as the weakest claim to be the newest.
  const order = ordered ? ' ORDER BY "@time", "@seq" NULLS FIRST, "@tie"' : '';
  return `${fn}(${distinct ? 'DISTINCT ' : ''}"@x${index}"${order})${filter}`;
}

/** Table `name`: the cells with at least one event in the interval, less those of table `except`. */
export function affectedSql(shape: Shape, name: string, interval: Interval, except: string | null): string {
  const cells = cellNames(shape).join(', ');
  const minus = except === null ? '' : ` ANTI JOIN "${except}" USING (${cells})`;
  return `CREATE OR REPLACE TEMP TABLE "${name}" AS
    SELECT * FROM (SELECT DISTINCT ${cells} FROM "@events" WHERE ${withinSql('"@clock"', interval)})${minus}`;
}

/** True for the events that a cell's row holds, of the table in section 2 of the contract, the cut aside. */
function heldSql(shape: Shape, interval: Interval): string {
  const { live } = shape.plan;
  if (live.state === 'window') return withinSql('e."@clock"', interval);
  if (live.state === 'running' && live.baseline !== null && live.baseline !== 'none') {
    return `e."@clock" >= ${timestampSql(live.baseline.at)}`;
  }
  return 'true';
}

/**
 * True for events after the cut: they are pending, not differences. As an instant: events before it count. As a live
 * column: events up to and including the row's value (`"@cut"` of the live rows); NULL or no row: none is pending.
 */
function pendingSql(shape: Shape): string {
  const { cut } = shape.plan.live;
  if (cut === null) return 'false';
  if (cut.kind === 'instant') return `e."@clock" >= ${timestampSql(cut.at)}`;
  return `coalesce(e."@clock" > l."@cut", false)`;
}

/** `@n0` …: how many events a filtered `last` saw; with none, a baseline's value stays. */
function seenSql({ fn, inputs }: Aggregate, index: number): string {
  if (fn !== 'last' || inputs.every((x) => x.filter === null)) return '';
  return `, ${inHeld(`count(*) FILTER (WHERE "@f${index}")`)} AS "@n${index}"`;
}

/**
 * Table `name`: every cell of `affected` calculated over ALL its events to the cut: the cell's columns, the aggregates
 * `@a0` …, `@events`, `@duplicates`, `@pending` (events after the cut), and of the newest event held: `@newest` (its
 * clock) and `@tombstone`. A cell whose events are all pending has `@events` = 0.
 */
export function expectedSql(shape: Shape, name: string, affected: string, interval: Interval): string {
  const { calculation, plan } = shape;
  const cells = cellNames(shape);
  const byLiveCut = plan.live.cut?.kind === 'column';
  const liveJoin = byLiveCut ? `LEFT JOIN "@live" l USING (${cells.join(', ')})` : '';
  const aggregates = calculation.aggregates
    .map((a, i) => `, ${inHeld(aggregateSql(shape, a, i))} AS "${a.id}"${seenSql(a, i)}`)
    .join('');
  const latest =
    plan.live.state === 'latest'
      ? `${inHeld('last("@deleted" ORDER BY "@time", "@seq" NULLS FIRST, "@tie")')} AS "@tombstone",
         ${inHeld('last("@clock" ORDER BY "@time", "@seq" NULLS FIRST, "@tie")')} AS "@newest"`
      : `false AS "@tombstone", NULL::TIMESTAMP AS "@newest"`;
  return `CREATE OR REPLACE TEMP TABLE "${name}" AS
    SELECT ${cells.join(', ')}${aggregates}, ${inHeld('count(*)')} AS "@events",
      coalesce(${inHeld('sum("@extra")')}, 0)::BIGINT AS "@duplicates",
      count(*) FILTER (WHERE "@late") AS "@pending", ${latest}
    FROM (SELECT e.*, ${heldSql(shape, interval)} AS "@held", ${pendingSql(shape)} AS "@late"
      FROM "@events" e SEMI JOIN "${affected}" a USING (${cells.join(', ')}) ${liveJoin})
    WHERE "@held"
    GROUP BY ALL`;
}

/** Adds the condition that an event is not pending to an aggregate, beside its own filter. */
function inHeld(aggregate: string): string {
  const at = aggregate.lastIndexOf(' FILTER (WHERE ');
  if (at < 0) return `${aggregate} FILTER (WHERE NOT "@late")`;
  return `${aggregate.slice(0, at)} FILTER (WHERE NOT "@late" AND ${aggregate.slice(at + ' FILTER (WHERE '.length, -1)})`;
}
