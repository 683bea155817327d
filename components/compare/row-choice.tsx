'use client';

import { useState } from 'react';
import { isWritten } from '#components/compare/figures.ts';
import { keyText } from '#components/compare/kinds.ts';
import { LeaveOutDialog } from '#components/compare/leave-out-dialog';
import { useFixedWords, useRestore } from '#components/compare/use-left-out.ts';
import { errorLine } from '#components/compare/use-run.ts';
import { Button } from '#components/ui/button';
import { Notice } from '#components/ui/states';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';
import type { RunView, Summary } from '#lib/replay/run';

/** In a row's panel: leave it out of the patch, or why it is left out, and how to take it in again. */
export function RowChoice({ run, summary, row }: { run: RunView; summary: Summary; row: DiscrepancyRow }) {
  const [asking, setAsking] = useState(false);
  const restore = useRestore(run.id);
  const refusal = useFixedWords(run);
  if (!isWritten(row, summary)) return null;
  const choice = { rows: [row.row] };
  return (
    <div className="border-line border-b">
      {row.leftOut === null ? (
        <div className="px-3.5 py-2.5">
          <Button size="sm" icon="eye-off" disabledReason={refusal} onClick={() => setAsking(true)}>
            Leave out of patch
          </Button>
        </div>
      ) : (
        <Notice
          tone="neutral"
          icon="eye-off"
          actions={
            <Button
              size="sm"
              icon="undo"
              busy={restore.isPending}
              busyLabel="Restoring"
              disabledReason={refusal}
              onClick={() => restore.mutate(choice)}
            >
              Restore
            </Button>
          }
        >
          Left out of the patch: {row.leftOut}
        </Notice>
      )}
      {restore.isError ? (
        <Notice tone="danger" role="alert">
          {errorLine(restore.error)}
        </Notice>
      ) : null}
      <LeaveOutDialog
        run={run}
        target={asking ? { choice, words: keyText(row), count: 1 } : null}
        onClose={() => setAsking(false)}
      />
    </div>
  );
}
