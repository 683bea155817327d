import type { Column } from '#lib/archive/archive';
import { formatInstant, type Instant, type Interval } from '#lib/base/instant';
import { ident } from '#lib/base/sql';
import type { TypedCalculation } from '#lib/calculation/calculation';
import type { Plan } from '#lib/plan/plan';
import { bucketSql } from '#lib/window/bucket-sql';

/**
 * Everything that the replay's queries depend on. Tables and views of the replay carry `@` before their names, and
 * so do its own columns: `@k0` … keys, `@b` the bucket's first instant, `@a0` … aggregates, `@m0` … measures.
 */
export type Shape = {
  readonly plan: Plan;
  readonly calculation: TypedCalculation;
  readonly columns: readonly Column[];
  readonly notContent: readonly string[];
  /** Whether the live bucket column has a zone: then a repeated local hour is two buckets. */
  readonly bucketZoned: boolean;
};

export const keyNames = (shape: Shape): string[] => shape.plan.live.keys.map((_, i) => `"@k${i}"`);

/** The columns that name a cell: keys, and for `bucketed` the bucket. */
export const cellNames = (shape: Shape): string[] =>
  shape.plan.live.state === 'bucketed' ? [...keyNames(shape), '"@b"'] : keyNames(shape);

/** An instant as a DuckDB TIMESTAMP literal (UTC). */
export const timestampSql = (t: Instant): string =>
  `TIMESTAMP '${formatInstant(t).slice(0, -1).replace('T', ' ')}'`;

/** The one predicate of membership in SQL: half-open. */
export const withinSql = (time: string, { from, to }: Interval): string =>
  `(${time} >= ${timestampSql(from)} AND ${time} < ${timestampSql(to)})`;

/** The column of the window's clock. */
export const clockSql = (shape: Shape): string =>
  shape.plan.window.clock === 'time' ? '"@time"' : '"@arrived"';

export const sequenceSql = (shape: Shape): string => {
  const { sequence } = shape.plan.archive.fields;
  return sequence === null ? 'NULL' : ident(sequence);
};

/** What is content of a record: every field but arrival, sequence and the Hive keys of the path. */
export const contentColumns = (shape: Shape): string[] =>
  shape.columns.filter((c) => !shape.notContent.includes(c.name)).map((c) => ident(c.name));

/** A record's content as one value that orders by its fields: two contents never compare equal. */
export const contentRow = (shape: Shape): string => `row(${contentColumns(shape).join(', ')})`;

/** Breaks ties of equal time and sequence: the id, or the content where none is mapped. */
export const tieBreakSql = (shape: Shape): string => {
  const { id } = shape.plan.archive.fields;
  return id === null ? contentRow(shape) : ident(id);
};

/** One expression out of a version each: by the version that was deployed at the event's clock. */
export function byVersion(shape: Shape, expressions: readonly string[]): string {
  const { replayWith, versions } = shape.calculation;
  const chosen = versions.findIndex((v) => v.version === replayWith);
  if (chosen >= 0) return expressions[chosen] ?? 'NULL';
  const [first, ...later] = expressions;
  if (later.every((e) => e === first)) return first ?? 'NULL';
  const clock = clockSql(shape);
  const arms = versions
    .slice(1)
    .map((v, i) => `WHEN ${clock} >= ${timestampSql(v.since ?? 0n)} THEN ${later[i]}`);
  return `CASE ${arms.reverse().join(' ')} ELSE ${first} END`;
}

/** The bucket of an event as an instant in UTC. */
export const bucketOf = (shape: Shape, time: string): string => {
  const { bucket } = shape.plan.live;
  return bucket === null ? 'NULL' : bucketSql(time, bucket.size, bucket.timezone, shape.bucketZoned);
};
