'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { CommentsCard } from '#components/comments/comments-card';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { ApprovalCard } from '#components/patch/approval-card';
import { ExportCard } from '#components/patch/export-card';
import { UndoesNotice, UndoneNotice } from '#components/patch/family-notice';
import { OverlapNotice } from '#components/patch/overlap-notice';
import { PatchFrame, TwoColumns } from '#components/patch/patch-frame';
import { PatchRows } from '#components/patch/patch-rows';
import { PreflightCard } from '#components/patch/preflight-card';
import { RehearsalCard } from '#components/patch/rehearsal-card';
import { SqlCard } from '#components/patch/sql-card';
import { TouchCard } from '#components/patch/touch-card';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import {
  BLOCK_WORDS,
  isMoving,
  isOpen,
  nounOf,
  rowsWords,
  stateWords,
  wasWritten,
} from '#components/patch/words.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { ActionBar, Page } from '#components/ui/page';
import { useMovable } from '#components/workspace/movable';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useMedia, WIDE } from '#components/workspace/use-media.ts';
import type { PatchView } from '#lib/patch/patch';

/** Stage 4: exactly what would be written, and the approval of it. */
export function ReviewStage() {
  return <PatchFrame>{(patch) => <Review patch={patch} />}</PatchFrame>;
}

function Review({ patch }: { patch: PatchView }) {
  const { reference } = useIncident();
  // where there is one column, the decision stands below what it is about, and above every row of it
  const isWide = useMedia(WIDE);
  const approval = useMovable(<ApprovalCard patch={patch} />);
  return (
    <>
      <Page>
        <div className="grid gap-3">
          <UndoesNotice patch={patch} />
          <StateNotice patch={patch} reference={reference} />
          <UndoneNotice patch={patch} />
          <OverlapNotice patch={patch} />
          <TwoColumns
            main={
              <>
                <TouchCard patch={patch} />
                <RehearsalCard patch={patch} />
                {isWide ? null : approval.place}
                <PreflightCard patch={patch} />
                <PatchRows key={patch.id} patch={patch} />
                <SqlCard patch={patch} />
              </>
            }
            aside={
              <>
                {isWide ? approval.place : null}
                <ExportCard patch={patch} />
                <CommentsCard key={patch.runId} runId={patch.runId} withRows />
              </>
            }
          />
        </div>
      </Page>
      {approval.content}
      <ReviewBar patch={patch} reference={reference} />
    </>
  );
}

/** What stands in the way, in words with how to settle it. */
function StateNotice({ patch, reference }: { patch: PatchView; reference: string }) {
  const again = (
    <ButtonLink size="sm" href={`/incidents/${reference}/preview`}>
      Preview again
    </ButtonLink>
  );
  if (patch.blockedBy.length > 0) {
    return (
      <BoxedNotice tone="danger" actions={again}>
        <p className="font-medium">This patch is blocked and can't be applied.</p>
        <ul className="list-disc pl-4">
          {patch.blockedBy.map((block) => (
            <li key={block}>
              {BLOCK_WORDS[block].what} {BLOCK_WORDS[block].settle}
            </li>
          ))}
        </ul>
      </BoxedNotice>
    );
  }
  if (patch.changesRequested !== null && patch.state === 'cancelled') {
    const { by, reason } = patch.changesRequested;
    return (
      <BoxedNotice tone="warn" actions={patch.kind === 'undo' ? undefined : again}>
        <p className="font-medium">{by} asked for changes; nothing was written.</p>
        <p className="[overflow-wrap:anywhere]">“{reason}”</p>
        <p>
          {patch.kind === 'undo'
            ? 'Ask for another undo when it is settled.'
            : 'Change the plan or leave rows out, preview again, and send the new patch for review.'}
        </p>
      </BoxedNotice>
    );
  }
  if (patch.state === 'stale' || patch.state === 'cancelled') {
    const isUndo = patch.kind === 'undo';
    const words = {
      stale: isUndo
        ? 'Live rows changed since this undo was made. Nothing was put back; another undo can be asked for.'
        : 'Live rows changed since the preview. Nothing was written; this patch can no longer be applied.',
      cancelled: isUndo
        ? 'This undo was taken back. Nothing was put back; another one can be asked for.'
        : 'This patch was taken back, by hand or because its set-up changed. Nothing of it was written.',
    }[patch.state];
    return (
      <BoxedNotice tone={patch.state === 'stale' ? 'danger' : 'neutral'} actions={isUndo ? undefined : again}>
        {words}
      </BoxedNotice>
    );
  }
  return null;
}

function ReviewBar({ patch, reference }: { patch: PatchView; reference: string }) {
  const [asking, setAsking] = useState(false);
  const cache = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => postJson<PatchView>(`${patchPath(patch.id)}/cancel`),
    onSuccess: (view) => {
      cache.setQueryData(patchKey(patch.id), view);
      setAsking(false);
    },
  });
  const noWithdrawal = useMayNot('patch.apply', 'withdraw it');
  const open = isOpen(patch.state);
  const noun = nounOf(patch);
  const verb = patch.kind === 'undo' ? 'put back' : 'apply';
  const toApply = `/incidents/${reference}/apply?patch=${patch.id}`;
  const waiting =
    patch.state === 'proposed'
      ? patch.approvalsNeeded > 1
        ? `The ${noun} needs ${patch.approvalsNeeded} approvals; ${patch.approvals.filter(({ counts }) => counts).length} were given.`
        : `The ${noun} has to be approved first.`
      : patch.state === 'expired'
        ? `The approval expired; approve the ${noun} again.`
        : patch.state === 'cancelled'
          ? `The ${noun} was withdrawn.`
          : null;
  return (
    <ActionBar
      actions={
        <>
          {open ? (
            <Button disabledReason={noWithdrawal} onClick={() => setAsking(true)}>
              Withdraw
            </Button>
          ) : null}
          {waiting === null ? (
            <ButtonLink variant="primary" href={toApply}>
              {patch.state === 'approved' ? `Go on to ${verb} ${rowsWords(patch)}` : 'Go to apply'}
            </ButtonLink>
          ) : (
            <Button variant="primary" disabledReason={waiting}>
              Go on to {verb} {rowsWords(patch)}
            </Button>
          )}
          <Dialog
            open={asking}
            onOpenChange={setAsking}
            title={`Withdraw this ${noun}?`}
            description={
              patch.kind === 'undo'
                ? 'Nothing is put back. The patch stands, and another undo can be asked for.'
                : "It can't be applied any more. The preview stays, and can be sent for review again."
            }
            actions={
              <>
                <Button onClick={() => setAsking(false)}>Keep it</Button>
                <Button
                  variant="danger"
                  busy={withdraw.isPending}
                  busyLabel="Withdrawing"
                  onClick={() => withdraw.mutate()}
                >
                  Withdraw {noun}
                </Button>
              </>
            }
          >
            {withdraw.isError ? <p className="text-danger">{apiErrorOf(withdraw.error).message}</p> : null}
          </Dialog>
        </>
      }
      note={stateWords(patch).word}
    >
      <b>{rowsWords(patch)}</b> {barWords(patch)}
    </ActionBar>
  );
}

/** What becomes of the rows, in the bar below them. */
function barWords({ kind, state }: Pick<PatchView, 'kind' | 'state'>): string {
  const [write, written] = kind === 'undo' ? ['put back', 'put back'] : ['write', 'written'];
  if (state === 'cancelled' || state === 'stale' || state === 'failed') return `not ${written}`;
  if (isMoving(state)) return `being ${written} in one transaction, or none`;
  return wasWritten(state) ? `${written} in one transaction` : `to ${write} in one transaction, or none`;
}
