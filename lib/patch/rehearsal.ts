import type { ApplyStep, Counts } from '#lib/patch/patch';

// What a live store tells of a patch before it is written: the preflight looks, the rehearsal writes and rolls back.

export const PREFLIGHT_CHECKS = [
  'identity',
  'primary',
  'columns',
  'privileges',
  'ledger',
  'triggers',
  'foreign_keys',
  'row_security',
  'replicas',
  'load',
  'size',
] as const;
export type PreflightCheckName = (typeof PREFLIGHT_CHECKS)[number];

/** `stop`: an apply would be refused. `warning`: it would be written, and someone should know. */
export type PreflightCheck = {
  readonly check: PreflightCheckName;
  readonly state: 'ok' | 'warning' | 'stop';
  /** What was found, in words that name it: the trigger, the column, the lag in seconds. */
  readonly found: string;
  /** What to do; null where nothing is to be done. */
  readonly fix: string | null;
};

/** In the order of `PREFLIGHT_CHECKS`; a check that a store does not have is absent. */
export type Preflight = { readonly checks: readonly PreflightCheck[]; readonly at: string };

/** The statements of an apply, done on the live store in one transaction and rolled back. Nothing of it remains. */
export type Rehearsal = {
  readonly status: 'would_apply' | 'already_applied' | 'nothing_to_apply' | 'refused';
  /** What the apply would be refused with; `rows` names rows that moved. */
  readonly refusal: {
    readonly code: string;
    readonly message: string;
    readonly fix: string;
    readonly rows?: readonly string[];
  } | null;
  readonly steps: readonly { readonly step: ApplyStep; readonly elapsedMs: number }[];
  /** Triggers of the live table that ran for the patch's rows, and what foreign keys would do, in words. */
  readonly sideEffects: readonly string[];
  readonly elapsedMs: number;
  /** From the first lock that others may wait for to the roll-back: how long writers of these rows, at most, would wait. */
  readonly lockedMs: number;
  /** The rehearsal gives up, and lets go, when it holds locks for longer. */
  readonly limitMs: number;
  readonly at: string;
};

/** How many of the rows that moved are described. */
export const MOVED_SHOWN = 20;

/** Which rows of an applied patch still hold what it wrote. */
export type UndoOutlook = {
  readonly rows: number;
  readonly unmoved: number;
  /** At most 20 of those that moved; `seq` counts in the patch's order. */
  readonly moved: readonly {
    readonly seq: number;
    readonly key: readonly string[];
    /** `there`: the patch deleted the row, and one of its key is there again. */
    readonly what: 'changed' | 'gone' | 'there';
    /** The first column that moved; '' where all of the row did. */
    readonly column: string;
    readonly wrote: string | null;
    readonly now: string | null;
  }[];
  /** The rows that moved, all of them, by `seq`, in order. */
  readonly movedSeqs: readonly number[];
};

/** Which rows are not as a patch, or an undo, wrote them. */
export type WrongRows = {
  /** All of them, by `seq`: `0-4,9`; '' where none is. */
  readonly stretches: string;
  readonly first: UndoOutlook['moved'];
};

/** Above this a patch is large enough that someone should choose the time for it. */
export const LARGE_PATCH_ROWS = 100_000;

/** What the size of a patch means for whoever else writes. `tableRows` null: unknown. */
export function sizeCheck(counts: Counts, tableRows: number | null): PreflightCheck {
  const rows = counts.updates + counts.inserts + counts.deletes;
  const grouped = (n: number): string => n.toLocaleString('en-US');
  const of = tableRows === null ? '' : ` of about ${grouped(tableRows)}`;
  const found = `${grouped(rows)} ${rows === 1 ? 'row' : 'rows'}${of} would be written.`;
  if (rows <= LARGE_PATCH_ROWS) return { check: 'size', state: 'ok', found, fix: null };
  return {
    check: 'size',
    state: 'warning',
    found: `${found} They are locked for all of the transaction, which takes seconds for every 100,000 rows; replicas get all of it at once.`,
    fix: 'Choose a quiet time, and rehearse before: it says how long the rows are locked.',
  };
}
