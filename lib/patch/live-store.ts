import type { Warning } from '#lib/archive/archive';
import type { AuditHead } from '#lib/base/audit-head';
import type {
  ApplyProgress,
  LiveColumn,
  PatchHeader,
  SealedPatch,
  Signatures,
  TargetIdentity,
  TargetShape,
  Verification,
} from '#lib/patch/patch';
import type { Preflight, Rehearsal, UndoOutlook } from '#lib/patch/rehearsal';

/** What a live table is. */
export type LiveTable = {
  readonly identity: TargetIdentity;
  /** How people call it: `public.user_totals` or the file's name. */
  readonly name: string;
  /** The store and its version: `PostgreSQL 17.2`, `CSV file`. */
  readonly product: string;
  readonly columns: readonly LiveColumn[];
  /** Sets of columns that the store itself keeps unique and not NULL. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** True where a snapshot always holds every row, whatever its scope (a file). */
  readonly readsWhole: boolean;
  /** Estimated; null where unknown. */
  readonly rows: number | null;
  /** Things that stop a patch though reading works (a view, a replica …); empty: writable as far as one can see. */
  readonly notWritable: readonly string[];
  /** Triggers, foreign keys with actions, generated columns … that the operator should know. */
  readonly warnings: readonly Warning[];
  /** What acts when its rows are written, and what was written by then; absent where a store has nothing of the kind. */
  readonly shape?: TargetShape;
};

/** Which live rows a snapshot needs. `keys`: only rows whose first key column is in a list. */
export type SnapshotScope = {
  /** Half-open stretches of the bucket column, as the column's own text values; absent: all rows. */
  readonly bucket?: {
    readonly column: string;
    readonly ranges: readonly { readonly from: string; readonly to: string }[];
  };
  /** A CSV file (header, every field quoted) with the key columns' wanted values; absent: all rows. */
  readonly keyFile?: { readonly path: string; readonly columns: readonly string[]; readonly rows: number };
};

/** Options of one apply or undo. */
export type ApplyOptions = {
  readonly signatures: Signatures;
  readonly onProgress?: (progress: ApplyProgress) => void | Promise<void>;
  /** Called with the target's transaction id right before COMMIT; a throw rolls back. */
  readonly beforeCommit?: (transaction: string) => Promise<void>;
  /**
   * Told right after COMMIT was answered (a file: after the rename), with the store's own time. Not told where an earlier
   * attempt had to be settled, or the time could not be asked: then only the ledger says when the patch was filed.
   */
  readonly onCommitted?: (at: string) => void | Promise<void>;
  /** Asked between steps until COMMIT; aborts with run.cancelled and a roll-back. */
  readonly signal?: AbortSignal;
};

/** `leaveOut`: rows of the patch, by `seq`, that are not put back. It is still the one undo that a patch has. */
export type UndoOptions = ApplyOptions & { readonly leaveOut?: readonly number[] };

/** `undo`: the undo is rehearsed, not the apply. `limitMs`: for how long it may hold locks at most. */
export type RehearseOptions = Pick<ApplyOptions, 'signatures' | 'onProgress' | 'signal'> & {
  readonly limitMs?: number;
  readonly undo?: { readonly leaveOut?: readonly number[] };
};

export const REHEARSAL_LIMIT_MS = 10_000;

export type ApplyStatus = 'applied' | 'already_applied' | 'nothing_to_apply';
export type UndoStatus = 'undone' | 'already_undone' | 'nothing_to_apply';

/** What the ledger in the target says of a patch. */
export type LedgerEntry = {
  readonly patchId: string;
  readonly seal: string;
  readonly outcome: 'applied' | 'undone' | 'none';
  /** When its line was filed: a moment before COMMIT in a database, right after the rename of a file. */
  readonly appliedAt: string | null;
  readonly author: string | null;
  readonly approvedBy: string | null;
  /** The store's own name for the transaction that wrote it (PostgreSQL: xid; a file: the new content's SHA-256). */
  readonly transaction: string | null;
  /** Which ledger it is: another one than before, or null, and the ledger was lost or the store replaced. */
  readonly ledgerId: string | null;
};

/** One line of the ledger: a patch that was applied, an undo, or an attempt that was closed without having written. */
export type LedgerLine = {
  readonly patchId: string;
  readonly seal: string;
  readonly kind: 'patch' | 'undo';
  readonly outcome: 'applied' | 'fenced';
  /** The patch that an undo put back, by the id in its line. */
  readonly undoes: string | null;
  /** Of an undo that was sealed as a patch of its own; absent for one of the command line. */
  readonly undoSeal?: string;
  /** When the line was filed, as in `LedgerEntry`. */
  readonly at: string;
  readonly rows: number;
  /** Rows that an undo left as they are. */
  readonly leftOut: number;
  readonly author: string | null;
  readonly approvedBy: string | null;
  readonly transaction: string;
  /** The audit's newest line as whoever wrote it had it; null for what was written by the command line, or long ago. */
  readonly auditHead: AuditHead | null;
};

/**
 * Port: a store of live rows. One conformance suite runs over every adapter. All writes of one patch happen in one
 * transaction (a file: one atomic swap), guarded by the before-values, counted, read back and recorded in the
 * store's own ledger. Values are text in both directions.
 */
export interface LiveStore {
  /** Failures: live.unreachable, live.not_found, live.unreadable. */
  describe(): Promise<LiveTable>;
  /**
   * Writes rows of the given columns as CSV to `to`: header, every non-NULL field quoted, NULL unquoted and empty,
   * UTC, ISO instants with `Z` where the column has a zone. `table` null: the live table itself; else another table of
   * the same store (a baseline). Answers the number of rows.
   */
  snapshot(columns: readonly string[], scope: SnapshotScope, to: string, table?: string): Promise<number>;
  /**
   * Where a row of a snapshot (from 1) stands in a file whose snapshots always hold every row; a store that is no file
   * has no such place.
   */
  placeOfRow?(row: number): Promise<{ readonly file: string; readonly line: number } | null>;
  /** Keys (text) that occur more than once among non-NULL keys, at most `limit`; [] at once where an index guarantees it. */
  repeatedKeys(keys: readonly string[], limit: number): Promise<readonly (readonly string[])[]>;
  /** Rows with a NULL in one of the key columns. */
  countNullKeys(keys: readonly string[]): Promise<number>;
  /**
   * Writes the patch once, or nothing. Settles an unknown earlier attempt first (fence).
   * Failures: patch.stale (details.rows), patch.undone, patch.target_changed, patch.target_refused, live.schema_changed,
   * live.ledger_required, live.not_writable, live.locked, patch.unknown (exit 6), run.cancelled.
   */
  apply(patch: SealedPatch, options: ApplyOptions): Promise<ApplyStatus>;
  /**
   * Looks at everything that decides whether an apply goes through, and changes nothing. What would stop it is a check
   * of state `stop`, not a failure. Failures: live.unreachable, live.unreadable, live.locked (the table cannot be looked at).
   */
  preflight(header: PatchHeader): Promise<Preflight>;
  /**
   * Does an apply (or an undo) up to where it would be committed, and rolls it back, whatever happens. Gives up when
   * it would hold locks for longer than `limitMs` (rehearsal.timeout). Refusals are in the answer; thrown are only
   * run.cancelled, live.unreachable, live.unreadable.
   */
  rehearse(patch: SealedPatch, options: RehearseOptions): Promise<Rehearsal>;
  /**
   * Puts the patched rows back from the ledger's pre-images, guarded by the after-values. Failures: as `apply`, and
   * patch.not_applied; patch.damaged where `leaveOut` names a row that the patch does not have.
   */
  undo(patch: SealedPatch, options: UndoOptions): Promise<UndoStatus>;
  /** Which rows an undo could put back as they are now. Failures: patch.not_applied, live.*. */
  undoOutlook(patch: SealedPatch): Promise<UndoOutlook>;
  /** Compares the patched rows with what the patch wrote. Failures: patch.not_applied. */
  verify(patch: SealedPatch): Promise<Verification>;
  ledger(patch: PatchHeader): Promise<LedgerEntry>;
  /** The ledger's lines of this table or file, the oldest first. Without a ledger: []. */
  ledgerEntries(): Promise<readonly LedgerLine[]>;
  /**
   * Says in one short text what the ledger of this table or file holds: another text whenever a line came, changed or went,
   * or the ledger is another one. Without reading its lines, where the store can count them itself.
   */
  ledgerFingerprint(): Promise<string>;
  /**
   * Says for certain whether a patch was applied (undone since or not), without applying it: an attempt that may still
   * be under way is closed first, so that it can never commit. Of an undo's header: whether what it puts back was undone.
   * Failures: patch.unknown, live.*.
   */
  settle(header: PatchHeader): Promise<'applied' | 'not_applied'>;
  /** The script that makes the ledger; `''` where the store makes its own (a file). */
  ledgerScript(): string;
  createLedger(): Promise<void>;
  /** The statements of an apply as a person reviews them. */
  reviewSql(patch: PatchHeader): string;
  /**
   * The patch as one SQL file that a DBA runs with any client, without Recount: guarded, counted and read back as an
   * apply is, and filed in the ledger where there is one. Streams. Failures: patch.export where the store takes no SQL.
   */
  exportSql(patch: SealedPatch, signatures?: Signatures): AsyncIterable<string>;
  close(): Promise<void>;
}
