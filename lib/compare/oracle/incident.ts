import type { Decimal } from '#lib/base/decimal';
import type { Instant, Interval } from '#lib/base/instant';
import type { AggregateFunction } from '#lib/calculation/calculation';
import type { Plan } from '#lib/plan/plan';
import type { Block } from '#lib/replay/run';

/** A value as the oracle holds it: bigint for integers, Decimal, number for floats, text, boolean, an instant. */
export type OracleValue = null | bigint | Decimal | number | string | boolean | { readonly instant: Instant };

export type OracleType = 'integer' | 'float' | 'text' | 'boolean' | 'instant' | { readonly scale: number };

/** A record of the archive, typed. Without a usable time or id it is a reject. */
export type OracleEvent = {
  readonly id: string | null;
  readonly time: Instant | null;
  readonly arrived: Instant | null;
  readonly sequence: bigint | null;
  /** Every further field that is content. */
  readonly fields: Readonly<Record<string, OracleValue>>;
  /** Index of its file in `files`; absent: the first. */
  readonly file?: number;
  /** A value that something uses does not fit its declared type: the record is a reject. */
  readonly misfit?: boolean;
};

/** A file of the archive: its path below the archive's root, and the stretch of time that its Hive folders name. */
export type OracleFile = {
  readonly path: string;
  readonly partition: Interval | null;
  /** JSON without a record, or nothing at all. */
  readonly hasNoColumns?: boolean;
};

type Fields = OracleEvent['fields'];

/** What a plan's SQL says, as functions: the oracle does not parse SQL. */
export type OracleAggregate = {
  readonly fn: AggregateFunction;
  readonly distinct: boolean;
  /** By version number. `argument` null: count(*). */
  readonly inputs: ReadonlyMap<
    number,
    {
      readonly argument: ((fields: Fields) => OracleValue) | null;
      readonly filter: ((fields: Fields) => boolean | null) | null;
    }
  >;
};

export type OracleMeasure = {
  readonly name: string;
  readonly type: OracleType;
  readonly aggregates: readonly OracleAggregate[];
  /** The arithmetic over the aggregates. */
  readonly combine: (values: readonly OracleValue[]) => OracleValue;
};

export type OracleCalculation = {
  /** By version number. */
  readonly where: ReadonlyMap<number, (fields: Fields) => boolean | null>;
  /** By version number; in the order of the plan's live.keys. */
  readonly keys: ReadonlyMap<number, readonly ((fields: Fields) => OracleValue)[]>;
  readonly keyTypes: readonly OracleType[];
  readonly measures: readonly OracleMeasure[];
  readonly deleted: ((fields: Fields) => boolean | null) | null;
};

/** A live row, or a row of a baseline: column to text; null is NULL. */
export type OracleRow = Readonly<Record<string, string | null>>;

export type OracleIncident = {
  readonly plan: Plan;
  readonly calculation: OracleCalculation;
  readonly events: readonly OracleEvent[];
  /** Sorted by path; absent: one plain file. */
  readonly files?: readonly OracleFile[];
  readonly live: readonly OracleRow[];
  readonly baseline: readonly OracleRow[];
  /** Whether the live bucket column has a zone: then a repeated local hour is two buckets. */
  readonly bucketZoned: boolean;
};

/** What a preview must answer. */
export type OracleAnswer = {
  readonly columns: readonly string[];
  /** As discrepancies.csv shows them; null is an empty field. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly cells: Readonly<
    Record<
      | 'affected'
      | 'match'
      | 'changed'
      | 'missing_in_live'
      | 'only_in_live'
      | 'deleted'
      | 'superseded'
      | 'pending',
      number
    >
  >;
  readonly archive: Readonly<
    Record<
      | 'files'
      | 'files_skipped'
      | 'records'
      | 'accepted'
      | 'duplicates'
      | 'conflicting_ids'
      | 'rejected'
      | 'pending'
      | 'outside_partition',
      number
    >
  >;
  readonly netDelta: Readonly<Record<string, string>>;
  readonly patch: Readonly<Record<'updates' | 'inserts' | 'deletes', number>>;
  readonly blockedBy: readonly Block[];
  readonly control: { readonly cells: number; readonly differ: number } | null;
  readonly spillOver: readonly string[];
  readonly nullKeys: number;
  /** Those of the warnings that the oracle knows: see `warnings.ts`. */
  readonly warnings: readonly string[];
};
