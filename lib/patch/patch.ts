import type { ManifestFile } from '#lib/archive/archive';
import type { AuditHead } from '#lib/base/audit-head';
import type { WrittenDigits } from '#lib/compare/discrepancy';
import type { LiveColumn } from '#lib/compare/live-column';
import type { Rehearsal } from '#lib/patch/rehearsal';
import type { PatchReview } from '#lib/patch/review';
import type { Block } from '#lib/replay/run';

export type { LiveColumn };

/** What identifies the target, whatever address it is reached by. Part of the seal. */
export type TargetIdentity =
  | {
      readonly kind: 'postgres';
      readonly systemIdentifier: string;
      readonly database: string;
      readonly schema: string;
      readonly table: string;
    }
  | { readonly kind: 'file' /** relative to the plan's folder */; readonly path: string };

/**
 * What acts when rows of a live table are written, as it was previewed: outside the seal, and held against the table
 * before an apply. Each line names one thing with the SHA-256 of its definition, sorted by kind and name.
 */
export type TargetShape = {
  readonly acts: readonly {
    readonly kind: 'trigger' | 'foreign_key' | 'rule';
    readonly name: string;
    readonly sha256: string;
  }[];
  /** Columns that every inserted row must give a value to. */
  readonly required: readonly string[];
  /** Which transactions (a file: which patches) were in the store then, in its own words. */
  readonly seen?: string;
};

export type Counts = { readonly updates: number; readonly inserts: number; readonly deletes: number };

/** How a measure is written: as an absolute value guarded by the before-value, or as `column + delta`. */
export type WriteMode = 'set' | 'delta';

/**
 * `patch.json`: the header of a sealed patch, beside `patch.parquet` with its rows. No secret stands in it.
 * `patch.parquet` has one row a patched cell, ordered as discrepancies.csv: `seq` BIGINT (from 0), `op` VARCHAR
 * (`update`, `insert`, `delete`), `key_0` … (VARCHAR), `before_0` … and `after_0` … (VARCHAR, a measure each; NULL
 * where there is no row or SQL NULL), `delta_0` … (VARCHAR, NULL but for mode `delta`). Values are in the live
 * store's own text form, instants as ISO 8601 (UTC with Z where the column has a zone). The bucket is the last key.
 */
export type PatchHeader = {
  readonly recount: 1;
  readonly kind: 'patch' | 'undo';
  readonly id: string;
  readonly seal: string;
  readonly title: string | null;
  readonly target: TargetIdentity;
  /** As in the plan: `${NAME}`, address without password, or path. */
  readonly store: string;
  readonly table: string | null;
  /** Absent where the store has nothing of the kind. */
  readonly targetShape?: TargetShape;
  readonly keys: readonly (LiveColumn & WrittenDigits)[];
  readonly measures: readonly (LiveColumn & WrittenDigits & { readonly mode: WriteMode })[];
  readonly counts: Counts;
  readonly blockedBy: readonly Block[];
  readonly manifest: readonly ManifestFile[];
  readonly manifestSha256: string;
  /** SHA-256 of the plan in canonical form, without its title. */
  readonly planSha256: string;
  readonly calculation: {
    readonly name: string;
    readonly versions: readonly number[];
    readonly sha256: string;
  };
  readonly window: { readonly from: string; readonly to: string; readonly clock: 'time' | 'ingested' };
  /** The zone of live times without an offset. */
  readonly liveTimezone: string;
  /** The folder of the plan when it was previewed; not part of the seal. */
  readonly planFolder: string;
  readonly archiveAt: string;
  readonly createdAt: string;
  readonly author: string;
  /** Of an undo, and only there: part of its seal. Its rows are those of the undone patch, turned round. */
  readonly undoes?: Undoes;
};

/** What an undo puts back. `unmoved`: the rows that others changed since are left as they are. */
export type UndoChoice = 'all' | 'unmoved';

export type Undoes = {
  /** Seal of the patch that is put back. */
  readonly seal: string;
  readonly choice: UndoChoice;
  /** Rows of that patch (its `seq`, ascending) that are not put back. */
  readonly leftOut: readonly number[];
};

export type Op = 'update' | 'insert' | 'delete';

/** Rows of a patch, column by column, in key order. All arrays have `size` entries. */
export type PatchBatch = {
  readonly size: number;
  readonly seq: readonly number[];
  readonly op: readonly Op[];
  readonly keys: readonly (readonly string[])[];
  readonly before: readonly (readonly (string | null)[])[];
  readonly after: readonly (readonly (string | null)[])[];
  readonly delta: readonly (readonly (string | null)[])[];
};

/** A sealed patch as a live store takes it: the rows can be read several times, in batches of at most 10,000. */
export type SealedPatch = { readonly header: PatchHeader; readonly rows: () => AsyncIterable<PatchBatch> };

/** Who stands behind a write. `approvedBy` null: nobody else approved (the command line). */
export type Signatures = {
  readonly author: string;
  readonly approvedBy: string | null;
  readonly approvedAt: string | null;
  /** Who they are by their ids: a name can change. */
  readonly ids?: { readonly author: string; readonly approvers: readonly string[] };
  /** The newest line of the audit when it was written: the ledger keeps it, so that the audit can be held to it. */
  readonly auditHead?: AuditHead | null;
  /** Of an undo that is a patch of its own: its seal, so that the ledger says which undo it was. */
  readonly undoSeal?: string;
};

export const PATCH_STATES = [
  'proposed',
  'approved',
  'applying',
  'committing',
  'applied',
  'verified',
  'stale',
  'failed',
  'unknown',
  'expired',
  'cancelled',
  'undone',
  'lost',
] as const;
export type PatchState = (typeof PATCH_STATES)[number];

/** Steps of an apply, in order, as the page shows them. */
export const APPLY_STEPS = ['check', 'lock', 'write', 'read_back', 'record', 'commit', 'verify'] as const;
export type ApplyStep = (typeof APPLY_STEPS)[number];
export type ApplyProgress = {
  readonly step: ApplyStep;
  readonly done: number;
  readonly total: number;
  readonly at: string;
};

export type Verification = {
  readonly cells: number;
  readonly match: number;
  readonly differ: number;
  readonly moved: number;
};

/** A patch as the page shows it: GET /api/v1/patches/:id. */
export type PatchView = PatchReview & {
  readonly id: string;
  readonly number: number;
  readonly kind: 'patch' | 'undo';
  /** The patch that this one puts back. */
  readonly undoes: {
    readonly id: string;
    readonly number: number;
    readonly seal: string;
    readonly choice: UndoChoice;
    /** Rows that are not put back. */
    readonly leftOut: number;
    /** On what grounds it was asked for. */
    readonly reason: string;
  } | null;
  /** The newest undo of this one that was not withdrawn. */
  readonly undo: { readonly id: string; readonly number: number; readonly state: PatchState } | null;
  readonly incidentId: string;
  readonly runId: string;
  readonly seal: string;
  readonly state: PatchState;
  readonly author: string;
  readonly createdAt: string;
  readonly counts: Counts;
  /** Sum of the deltas it writes, by measure, and the positive and negative parts. */
  readonly net: readonly {
    readonly measure: string;
    readonly net: string;
    readonly plus: string;
    readonly minus: string;
  }[];
  readonly columns: readonly string[];
  /** Those of them that are added to: an updated row is not held to what it held before. */
  readonly added: readonly string[];
  readonly tableRows: number | null;
  readonly target: string;
  readonly blockedBy: readonly Block[];
  readonly sql: string;
  readonly progress: readonly ApplyProgress[];
  /** It is to be written, and no worker is at it right now: what `progress` has is how far an earlier one came. */
  readonly waiting: boolean;
  readonly appliedAt: string | null;
  readonly verification: (Verification & { readonly at: string }) | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fix: string;
    readonly rows?: readonly string[];
  } | null;
  readonly undoneAt: string | null;
  /** Its rows were erased then: it can be neither compared nor put back. */
  readonly erasedAt: string | null;
  /** The newest rehearsal of it. */
  readonly rehearsal: RehearsalView | null;
  /** What was written is wrong again, or the live store does not hold it any more. */
  readonly alarm: {
    readonly kind: 'differs' | 'lost';
    readonly message: string;
    readonly at: string;
    /** At most 20 rows, in words. */
    readonly rows: readonly string[];
  } | null;
  readonly verifyEvery: VerifyEvery | null;
  readonly nextVerifyAt: string | null;
  /** The newest 20 comparisons, the newest first. */
  readonly verifications: readonly (Verification & { readonly at: string })[];
};

export const VERIFY_EVERY = ['1h', '6h', '24h'] as const;
export type VerifyEvery = (typeof VERIFY_EVERY)[number];

/** GET /api/v1/patches/:id/overlaps: another open patch that has rows of this one. */
export type PatchOverlap = {
  readonly id: string;
  readonly number: number;
  /** `INC-214` */
  readonly incident: string;
  readonly state: PatchState;
  /** Rows of this one that it has; 0 where its files are gone and it cannot be told. */
  readonly rows: number;
  /** A few of them. */
  readonly keys: readonly string[];
};

export const REHEARSAL_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;

/** A rehearsal as the page shows it. `failed`: it could not be held; what the store would say stands in the result. */
export type RehearsalView = {
  readonly state: (typeof REHEARSAL_STATES)[number];
  /** The seal that it was held for. */
  readonly seal: string;
  readonly limitMs: number;
  readonly result: Rehearsal | null;
  readonly error: { readonly code: string; readonly message: string; readonly fix: string } | null;
  /** When it ended; while it did not, when it was asked for. */
  readonly at: string;
};

/** GET /api/v1/patches/:id/rows: a page of the rows, in the patch's own order. The bucket is the last key. */
export type PatchRowsPage = {
  readonly total: number;
  readonly columns: { readonly keys: readonly string[]; readonly measures: readonly string[] };
  /** `before` holds null where there is no row or SQL NULL; `delta` is recalculated minus live, null for what is no number. */
  readonly rows: readonly {
    readonly op: Op;
    readonly keys: readonly (string | null)[];
    readonly before: readonly (string | null)[];
    readonly after: readonly (string | null)[];
    readonly delta: readonly (string | null)[];
  }[];
};
