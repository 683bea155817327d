import type { Warning } from '#lib/archive/archive';
import type { EditionName } from '#lib/calculation/edition';

export const BLOCKS = ['rejects', 'conflicting_ids', 'control_differs', 'archive_gap'] as const;
export type Block = (typeof BLOCKS)[number];

/** `summary.json` of a preview, as docs/recovery-plan.md section 4 gives it. Counts are JSON integers, values text. */
export type Summary = {
  readonly window: {
    readonly from: string;
    readonly to: string;
    readonly clock: 'time' | 'ingested';
    readonly spill_over: readonly string[];
    /** Events that arrived in the window and belong to those. */
    readonly spill_over_events?: number;
  };
  readonly archive: {
    readonly files: number;
    readonly files_skipped: number;
    readonly bytes: number;
    readonly records: number;
    readonly accepted: number;
    readonly duplicates: number;
    readonly conflicting_ids: number;
    readonly rejected: number;
    readonly pending: number;
    readonly outside_partition: number;
    readonly manifest_sha256: string;
  };
  readonly cells: {
    readonly affected: number;
    readonly match: number;
    readonly changed: number;
    readonly missing_in_live: number;
    readonly only_in_live: number;
    readonly deleted: number;
    readonly superseded: number;
    readonly pending: number;
  };
  readonly net_delta: Readonly<Record<string, string>>;
  /** The positive and the negative part of each net delta. */
  readonly net_parts?: Readonly<Record<string, { readonly plus: string; readonly minus: string }>>;
  readonly checksums: { readonly recalculated: string; readonly live: string };
  readonly control?: { readonly cells: number; readonly differ: number };
  readonly patch: {
    readonly seal: string;
    readonly updates: number;
    readonly inserts: number;
    readonly deletes: number;
    readonly blocked_by: readonly Block[];
  };
  readonly calculation: {
    readonly name: string;
    readonly versions: readonly number[];
    readonly sha256: string;
  };
  readonly warnings: readonly Warning[];
  readonly engine: { readonly name: string; readonly version: string };
  readonly elapsed_ms: number;
};

export const RUN_STEPS = ['list', 'read', 'affected', 'recalculate', 'live', 'compare', 'seal'] as const;
export type RunStep = (typeof RUN_STEPS)[number];

/** Where a run is. `done` of `total` in `unit`; total null while it is not known. */
export type Progress = {
  readonly step: RunStep;
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'files' | 'bytes' | 'events' | 'rows' | 'percent';
  readonly words: string;
};

export type RunState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** A run as the page shows it: GET /api/v1/runs/:id. */
export type RunView = {
  readonly id: string;
  readonly number: number;
  readonly incidentId: string;
  readonly state: RunState;
  readonly progress: Progress | null;
  readonly summary: Summary | null;
  readonly error: { readonly code: string; readonly message: string; readonly fix: string } | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly createdBy: string;
  /** The edition of the library that it calculated by, unchanged. */
  readonly edition: EditionName | null;
  /** True when the incident's plan changed after this run was started. */
  readonly stale: boolean;
  /** Its files were erased then; its figures stay. */
  readonly erasedAt: string | null;
  /** Rows that the operator leaves out of its patch, and the reasons given last in this incident, newest first. */
  readonly leftOut: {
    readonly rows: number;
    readonly reasons: readonly string[];
    /** The preview before this one, where rows were left out of it and none of this one: they are in again. */
    readonly before: { readonly runId: string; readonly rows: number } | null;
  };
  /** The patch that was made of it and not given up, and the stage that it is seen in: its rows are settled. */
  readonly patch: {
    readonly id: string;
    readonly number: number;
    readonly stage: 'review' | 'apply';
  } | null;
};
