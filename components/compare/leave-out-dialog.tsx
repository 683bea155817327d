'use client';

import { useState } from 'react';
import { type RowChoice, useLeaveOut } from '#components/compare/use-left-out.ts';
import { errorLine } from '#components/compare/use-run.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { TextField } from '#components/ui/field';
import { countOf } from '#components/ui/format.ts';
import { Notice } from '#components/ui/states';
import type { RunView } from '#lib/replay/run';

/** Rows that are to be left out: what they are called, and how many they are. */
export type LeaveOutTarget = { readonly choice: RowChoice; readonly words: string; readonly count: number };

type DialogProps = {
  run: RunView;
  /** Null while nothing is asked. */
  target: LeaveOutTarget | null;
  onClose: () => void;
};

/** Asks why rows are left out of the patch: the review and the report tell it. */
export function LeaveOutDialog({ run, target, onClose }: DialogProps) {
  return (
    <Dialog
      open={target !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={target === null ? '' : `Leave out ${target.words}`}
      description="The live store keeps what it holds there. The report tells the reason."
    >
      {target === null ? null : <Reason run={run} target={target} onClose={onClose} />}
    </Dialog>
  );
}

const MOST = 500;

function Reason({ run, target, onClose }: DialogProps & { target: LeaveOutTarget }) {
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const leave = useLeaveOut(run.id);
  const missing = asked && reason.trim() === '';
  const submit = (text: string) => {
    setAsked(true);
    if (text.trim() === '' || leave.isPending) return;
    leave.mutate({ choice: target.choice, reason: text.trim() }, { onSuccess: onClose });
  };
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit(reason);
      }}
    >
      <TextField
        label="Reason"
        required
        maxLength={MOST}
        value={reason}
        onValueChange={setReason}
        error={missing ? 'Say why, in a few words.' : undefined}
      />
      {run.leftOut.reasons.length === 0 ? null : (
        <div className="grid gap-1.5">
          <p className="text-text-3 text-xs">Given before</p>
          <ul className="flex flex-wrap gap-1.5">
            {run.leftOut.reasons.map((given) => (
              <li key={given} className="min-w-0">
                <Button size="sm" className="max-w-full" onClick={() => setReason(given)}>
                  <span className="truncate">{given}</span>
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {leave.isError ? (
        <Notice tone="danger" role="alert">
          {errorLine(leave.error)}
        </Notice>
      ) : null}
      <div className="flex flex-wrap justify-end gap-2 *:max-md:flex-1">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={leave.isPending} busyLabel="Leaving out">
          Leave out {countOf(target.count, 'row', 'rows')}
        </Button>
      </div>
    </form>
  );
}
