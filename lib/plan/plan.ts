import type { Instant, Interval } from '#lib/base/instant';
import type { BucketSize, Window } from '#lib/window/window';

/**
 * A recovery plan in parsed form: every default filled in, every instant in UTC. What each field means is
 * docs/recovery-plan.md, the public contract. `${NAME}` stays unexpanded here, so that a plan holds no secret.
 */
export type Plan = {
  readonly title: string | null;
  readonly archive: ArchivePlan;
  readonly window: Window;
  readonly calculation: CalculationPlan;
  readonly live: LivePlan;
  readonly compare: { readonly tolerance: ReadonlyMap<string, string> };
  readonly patch: PatchPlan;
  readonly control: Interval | null;
};

export type Format = 'csv' | 'json' | 'parquet';
export type Layout = 'plain' | 'hive';

export type ArchivePlan = {
  /** Path or glob as written; relative to the plan's folder. */
  readonly at: string;
  readonly format: Format | 'auto';
  readonly layout: Layout | 'auto';
  readonly slackMicros: bigint;
  readonly fields: FieldMap;
  /** Column -> declared type, as DuckDB names it (`DECIMAL(18,2)`). */
  readonly types: ReadonlyMap<string, string>;
  readonly timezone: string | null;
  readonly rejects: RejectLimit;
  readonly conflicts: 'block' | 'first' | 'last';
};

export type FieldMap = {
  readonly id: string | null;
  readonly time: string;
  readonly ingested: string | null;
  readonly sequence: string | null;
  /** A boolean expression over the event, not a column. State `latest` only. */
  readonly deleted: string | null;
};

export type RejectLimit =
  | { readonly kind: 'count'; readonly count: bigint }
  | { readonly kind: 'percent'; readonly percent: string };

/** A name and the expression as the user wrote it. */
export type Named = { readonly name: string; readonly expression: string };

export type Version = {
  readonly version: number;
  /** Null for the first version only. By the window's clock. */
  readonly since: Instant | null;
  readonly where: string | null;
  readonly keys: readonly Named[];
  readonly measures: readonly Named[];
};

export type CalculationPlan = {
  readonly name: string;
  readonly versions: readonly Version[];
  readonly replayWith: 'deployed' | number;
};

export type State = 'window' | 'bucketed' | 'running' | 'latest';

export type Bucket = { readonly column: string; readonly size: BucketSize; readonly timezone: string };
export type Cut =
  | { readonly kind: 'instant'; readonly at: Instant }
  | { readonly kind: 'column'; readonly column: string };

export type Baseline = { readonly at: Instant; readonly table: string } | 'none';

export type LivePlan = {
  /** postgres://…, a path, or `${NAME}`: as written. */
  readonly store: string;
  /** schema.table as written; null for a file. */
  readonly table: string | null;
  readonly state: State;
  readonly keys: readonly string[];
  readonly bucket: Bucket | null;
  readonly baseline: Baseline | null;
  readonly cut: Cut | null;
};

export type PatchPlan = {
  readonly onlyInLive: 'keep' | 'delete';
  readonly archiveIsComplete: boolean;
  readonly guard: 'delta' | 'value';
};
