import type { Warning } from '#lib/archive/archive';
import type { DiscrepancyColumns, DiscrepancyRow } from '#lib/compare/discrepancy';
import type { Counts, Verification } from '#lib/patch/patch';
import type { Summary } from '#lib/replay/run';
import type { Timeline } from '#lib/window/timeline';

/** One line of "who did what". */
export type ReportEntry = { readonly at: string; readonly actor: string; readonly words: string };

export type ReportCheck = {
  readonly name: string;
  readonly words: string;
  readonly value: string;
  readonly state: 'passed' | 'note' | 'failed' | 'not_done';
};

/**
 * What a recovery report says: a frozen document. Markdown, CSV, JSON, HTML and the page are made from it and from
 * nothing else, so that a shared report reads the same for ever.
 */
export type Report = {
  readonly recount: 1;
  /** `INC-214`, or null for a report made on the command line. */
  readonly incident: string | null;
  readonly title: string;
  readonly outcome:
    | 'previewed'
    | 'approved'
    | 'applied'
    | 'verified'
    | 'differs'
    | 'undone'
    | 'lost'
    | 'failed'
    | 'no_differences';
  /** The outcome in a sentence or two. */
  readonly lead: string;
  readonly summary: Summary;
  readonly source: {
    readonly archive: string;
    readonly target: string;
    readonly calculation: string;
    readonly seal: string;
    readonly manifestSha256: string;
  };
  readonly counts: Counts;
  readonly net: readonly {
    readonly measure: string;
    readonly net: string;
    readonly plus: string;
    readonly minus: string;
  }[];
  readonly columns: DiscrepancyColumns;
  /** The largest corrections, at most 20. The CSV beside it has all. */
  readonly largest: readonly DiscrepancyRow[];
  readonly leftOut: readonly { readonly reason: string; readonly rows: number }[];
  readonly checks: readonly ReportCheck[];
  readonly verification: Verification | null;
  readonly approval: {
    readonly author: string;
    readonly approvedBy: string | null;
    readonly selfApproved: boolean;
    readonly reason: string | null;
    readonly at: string | null;
  };
  readonly timeline: Timeline | null;
  readonly log: readonly ReportEntry[];
  readonly warnings: readonly Warning[];
  readonly appliedAt: string | null;
  /** Of a patch that was put back by another: by which, why and how much of it. */
  readonly undone?: ReportUndo;
  readonly madeAt: string;
};

/** A report as its page shows it: with what a frozen one does not tell of. */
export type ReportView = Report & {
  readonly later?: Verification & { readonly at: string };
  /** The rows that it was made of were erased then: there is no CSV of them any more. */
  readonly rowsErasedAt?: string;
};

export type ReportUndo = {
  /** The number of the patch that put it back. */
  readonly patch: number;
  readonly by: string;
  readonly approvedBy: string | null;
  readonly at: string | null;
  readonly reason: string;
  readonly rows: number;
  /** Rows that had moved on and stayed as they were. */
  readonly leftOut: number;
};

/** Share links as the owner sees them. The token itself is shown once, when the link is made. */
export type ShareLinkView = {
  readonly id: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  readonly maskKeys: boolean;
  readonly views: number;
  readonly lastViewedAt: string | null;
};
