export const CLASSES = [
  'match',
  'changed',
  'missing_in_live',
  'only_in_live',
  'deleted',
  'superseded',
] as const;
export type CellClass = (typeof CLASSES)[number];

/** Classes that stand in discrepancies.csv. */
export type DiscrepancyClass = Exclude<CellClass, 'match'>;

/** Digits after the point that a column's numbers are written with at least; absent where its type says how many. */
export type WrittenDigits = { readonly digits?: number };

type ShownColumn = WrittenDigits & { readonly name: string; readonly type: string };

/** The columns of a run's discrepancies, in order: keys, then the bucket, then the measures. */
export type DiscrepancyColumns = {
  readonly keys: readonly ShownColumn[];
  readonly bucket: ShownColumn | null;
  readonly measures: readonly (ShownColumn & { readonly numeric: boolean })[];
};

/** One discrepancy. All values are text; null is SQL NULL or no row (`class` tells which). */
export type DiscrepancyRow = {
  /** Position in discrepancies.csv, from 0: its stable name within the run. */
  readonly row: number;
  readonly class: DiscrepancyClass;
  readonly keys: readonly (string | null)[];
  readonly bucket: string | null;
  readonly live: readonly (string | null)[];
  readonly recalculated: readonly (string | null)[];
  readonly delta: readonly (string | null)[];
  readonly events: number;
  readonly duplicates: number;
  /** Left out of the patch by the operator, with the reason; null while it is in. */
  readonly leftOut: string | null;
};

/** Which side of zero the first difference in numbers of a changed row lies on: Too low, Too high, else Differs. */
export type Direction = 'low' | 'high' | 'other';

/** What rows can be filtered by. A row that is left out of the patch keeps its own kind, and is `leftout` too. */
export const KINDS = [
  'all',
  'low',
  'high',
  'other',
  'missing',
  'only',
  'deleted',
  'superseded',
  'leftout',
] as const;
export type DiscrepancyKind = (typeof KINDS)[number];

/** Query of GET /api/v1/runs/:id/discrepancies. */
export type DiscrepancyQuery = {
  readonly kind?: DiscrepancyKind;
  /** Part of a key, any case. */
  readonly q?: string;
  /** Bounds of the difference of `measure` (signed, inclusive), decimal text. Without `measure`: the first numeric one. */
  readonly min?: string;
  readonly max?: string;
  /** An upper bound that is not included: with `min`, a bin of the histogram. */
  readonly below?: string;
  readonly measure?: string;
  /** `key`, `bucket`, `events`, `duplicates`, `live:NAME`, `recalculated:NAME`, `delta:NAME`, `abs:NAME`; `-` before it: descending. */
  readonly sort?: string;
  readonly offset?: number;
  /** At most 500. */
  readonly limit?: number;
};

export type DiscrepancyPage = {
  readonly columns: DiscrepancyColumns;
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly DiscrepancyRow[];
  /** Rows of each kind under the same text filter. */
  readonly counts: Readonly<Record<DiscrepancyKind, number>>;
  /** Of the rows of the whole filter: how many the patch writes as it is now, and how many are left out of it. */
  readonly patch: { readonly writes: number; readonly leftOut: number };
};

/**
 * GET /api/v1/runs/:id/control: the first rows of the control stretch that differ. They are in no patch: `row` is their
 * position in control.csv.
 */
export type ControlRows = {
  readonly columns: DiscrepancyColumns;
  readonly total: number;
  readonly rows: readonly DiscrepancyRow[];
};

/**
 * GET /api/v1/runs/:id/conflicts: the first ids that occur with several contents, and a record of each content, the one
 * that is counted first.
 */
export type ConflictingIds = {
  readonly ids: readonly {
    readonly id: string;
    readonly copies: readonly {
      readonly file: string;
      readonly line: string;
      readonly arrived: string | null;
      readonly counted: boolean;
      /** Every column of the record as text. */
      readonly record: Readonly<Record<string, string | null>>;
    }[];
  }[];
};

/**
 * GET /api/v1/runs/:id/histogram: differences of one measure in at most 40 bins, exact bounds as text. A bin is
 * [from, to), as `min` and `below` of the query; zero is a bound where differences lie on both sides of it. Over all
 * discrepancies of the run, whatever the table's filter.
 */
export type DeltaHistogram = {
  readonly measure: string;
  readonly bins: readonly { readonly from: string; readonly to: string; readonly rows: number }[];
};

/** One archived record behind a cell. */
export type CellEvent = {
  readonly id: string | null;
  readonly time: string;
  readonly arrived: string | null;
  readonly file: string;
  readonly line: string;
  readonly inWindow: boolean;
  /** `counted`, or why it is not. */
  readonly role: 'counted' | 'duplicate' | 'conflict' | 'outside' | 'pending' | 'before_baseline';
  /** The argument of each measure's aggregate for this event, as text. */
  readonly values: readonly (string | null)[];
  /** Running value of each measure after this event (sum and count), as text; null where it has none. */
  readonly running: readonly (string | null)[];
  /** Every column of the record as text. */
  readonly raw: Readonly<Record<string, string | null>>;
};

/** GET /api/v1/runs/:id/cells/:row: everything behind one discrepancy. */
export type CellEvidence = {
  readonly row: DiscrepancyRow;
  readonly columns: DiscrepancyColumns;
  /** In order of time, sequence, id. At most 500; `totalEvents` says how many there are. */
  readonly events: readonly CellEvent[];
  readonly totalEvents: number;
  /** One sentence on what would explain the difference, or null where no single explanation fits. */
  readonly cause: string | null;
};
