import type { Instant } from '#lib/base/instant';

export const AGGREGATES = ['sum', 'count', 'min', 'max', 'avg', 'first', 'last'] as const;
export type AggregateFunction = (typeof AGGREGATES)[number];

/**
 * A measure is arithmetic over aggregates; an aggregate is a function over an argument of the event. Each
 * version may have its own argument and filter; the function and the arithmetic are the same in all.
 */
export type Aggregate = {
  /** `@a0`, `@a1` …: how `Measure.sql` names it. */
  readonly id: string;
  readonly fn: AggregateFunction;
  readonly distinct: boolean;
  /** The measure that it was first written in: what a problem with it names. */
  readonly measure: string;
  /** One entry a version, in their order. `argument` null: count(*). Safe SQL over the event's columns. */
  readonly inputs: readonly { readonly argument: string | null; readonly filter: string | null }[];
};

export type Measure = {
  readonly name: string;
  /** Safe SQL over the columns `@a0` …; just `"@a0"` where the measure is one aggregate. */
  readonly sql: string;
  /** The aggregate that the whole measure is, or null where there is arithmetic around. */
  readonly single: string | null;
};

export type CheckedVersion = {
  readonly version: number;
  readonly since: Instant | null;
  /** Safe SQL, checked and rewritten (a division by zero is an error), over the event's columns. */
  readonly where: string | null;
  readonly keys: readonly { readonly name: string; readonly sql: string }[];
};

/** A calculation whose expressions were parsed, checked against the allow-list and taken apart. */
export type Calculation = {
  readonly name: string;
  readonly versions: readonly CheckedVersion[];
  readonly replayWith: 'deployed' | number;
  readonly aggregates: readonly Aggregate[];
  readonly measures: readonly Measure[];
  /** `archive.fields.deleted`, safe SQL. */
  readonly deleted: string | null;
  /** Every column of the event that some expression uses. */
  readonly columns: readonly string[];
  /** SHA-256 of the calculation as written, in canonical form. */
  readonly sha256: string;
};

/** A calculation whose types are known: DuckDB types of keys, aggregate arguments and measures. */
export type TypedCalculation = Calculation & {
  readonly keyTypes: readonly string[];
  readonly argumentTypes: readonly (string | null)[];
  readonly measureTypes: readonly string[];
};
