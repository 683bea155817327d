'use client';

import type { LeaveOutTarget } from '#components/compare/leave-out-dialog';
import { filterOf } from '#components/compare/use-left-out.ts';
import { Button } from '#components/ui/button';
import { countOf } from '#components/ui/format.ts';
import type { DiscrepancyPage, DiscrepancyQuery } from '#lib/compare/discrepancy';

type BulkProps = {
  page: DiscrepancyPage;
  query: DiscrepancyQuery;
  /** What is shown is still of the filter before: its numbers are not those of what would be done. */
  behind: boolean;
  busy: boolean;
  /** Why rows can't be chosen; null while they can. */
  fixed: string | null;
  onLeaveOut: (target: LeaveOutTarget) => void;
  onRestore: (choice: LeaveOutTarget['choice']) => void;
};

/** What can be done with all rows of a filter at once. */
export function BulkBar({ page, query, behind, busy, fixed, onLeaveOut, onRestore }: BulkProps) {
  const { writes, leftOut } = page.patch;
  if (behind || writes + leftOut === 0) return null;
  const choice = filterOf(query);
  const rows = countOf(writes, 'filtered row', 'filtered rows');
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend can't stand in a toolbar's line
    <div
      role="group"
      aria-label="All filtered rows"
      className="flex flex-wrap items-center gap-2 border-line border-b bg-sunken px-2.5 py-2"
    >
      {writes === 0 ? null : (
        <Button
          size="sm"
          icon="minus"
          disabledReason={fixed}
          onClick={() => onLeaveOut({ choice, words: rows, count: writes })}
        >
          Leave out {rows}
        </Button>
      )}
      {leftOut === 0 ? null : (
        <Button
          size="sm"
          icon="plus"
          busy={busy}
          busyLabel="Restoring"
          disabledReason={fixed}
          onClick={() => onRestore(choice)}
        >
          Restore {countOf(leftOut, 'row', 'rows')} left out
        </Button>
      )}
    </div>
  );
}
