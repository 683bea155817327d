import type { PatchState, Verification } from '#lib/patch/patch';
import type { Report, ReportEntry, ReportUndo } from '#lib/report/report';

/** What became of the patch, as far as it is known when the report is made. */
export type PatchStanding = {
  readonly state: PatchState;
  readonly approval: Report['approval'];
  /** What blocked it and was let through, by whom and why. */
  readonly overrides?: readonly { readonly block: string; readonly by: string; readonly reason: string }[];
  readonly appliedAt: string | null;
  /** The target's own id of the transaction. */
  readonly transaction: string | null;
  readonly verification: Verification | null;
  /** Why it was not written, where it was not. */
  readonly error: string | null;
  /** Were the archive's files compared with the manifest before the apply? Null where nobody recorded it. */
  readonly archiveChecked: boolean | null;
  /** Why the live store could not be asked what became of it; null where that is known. */
  readonly notAsked: string | null;
  readonly undone?: ReportUndo;
};

/** Everything a report is made of. */
export type ReportFacts = Pick<
  Report,
  'incident' | 'title' | 'summary' | 'net' | 'source' | 'columns' | 'largest' | 'timeline' | 'madeAt'
> & {
  /** Rows that the operator left out of the patch, by reason, and what they would have changed. */
  readonly leftOutRows: readonly {
    readonly reason: string;
    readonly rows: number;
    readonly net: Report['net'];
  }[];
  readonly onlyInLive: 'keep' | 'delete';
  readonly conflicts: 'block' | 'first' | 'last';
  readonly patch: PatchStanding;
  readonly log: readonly ReportEntry[];
};

/** What blocks the patch still. */
export const blocksOf = ({ summary, patch: { overrides = [] } }: ReportFacts): readonly string[] =>
  summary.patch.blocked_by.filter((block) => !overrides.some((one) => one.block === block));
