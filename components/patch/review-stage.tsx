'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { ApprovalCard } from '#components/patch/approval-card';
import { PatchFrame, TwoColumns } from '#components/patch/patch-frame';
import { PatchRows } from '#components/patch/patch-rows';
import { SqlCard } from '#components/patch/sql-card';
import { TouchCard } from '#components/patch/touch-card';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { BLOCK_WORDS, rowsWords, STATE_WORDS } from '#components/patch/words.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { ActionBar, Page } from '#components/ui/page';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';

/** Stage 4: exactly what would be written, and the approval of it. */
export function ReviewStage() {
  return <PatchFrame>{(patch) => <Review patch={patch} />}</PatchFrame>;
}

function Review({ patch }: { patch: PatchView }) {
  const { reference } = useIncident();
  return (
    <>
      <Page>
        <div className="grid gap-3">
          <StateNotice patch={patch} reference={reference} />
          <TwoColumns
            main={
              <>
                <TouchCard patch={patch} />
                <PatchRows key={patch.id} patchId={patch.id} />
                <SqlCard patch={patch} />
              </>
            }
            aside={<ApprovalCard patch={patch} />}
          />
        </div>
      </Page>
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
  if (patch.state === 'stale' || patch.state === 'cancelled' || patch.state === 'undone') {
    const words = {
      stale: 'Live rows changed since the preview. Nothing was written; this patch can no longer be applied.',
      cancelled:
        'This patch was taken back, by hand or because its set-up changed. Nothing of it was written.',
      undone: 'This patch was applied and then undone. It is not applied again.',
    }[patch.state];
    return (
      <BoxedNotice tone={patch.state === 'stale' ? 'danger' : 'neutral'} actions={again}>
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
  const open = patch.state === 'proposed' || patch.state === 'approved' || patch.state === 'expired';
  const toApply = `/incidents/${reference}/apply?patch=${patch.id}`;
  const waiting =
    patch.state === 'proposed'
      ? 'The patch has to be approved first.'
      : patch.state === 'expired'
        ? 'The approval expired; approve the patch again.'
        : patch.state === 'cancelled'
          ? 'The patch was withdrawn.'
          : null;
  return (
    <ActionBar
      actions={
        <>
          {open ? <Button onClick={() => setAsking(true)}>Withdraw</Button> : null}
          {waiting === null ? (
            <ButtonLink variant="primary" href={toApply}>
              {patch.state === 'approved' ? `Go on to apply ${rowsWords(patch)}` : 'Go to apply'}
            </ButtonLink>
          ) : (
            <Button variant="primary" disabledReason={waiting}>
              Go on to apply {rowsWords(patch)}
            </Button>
          )}
          <Dialog
            open={asking}
            onOpenChange={setAsking}
            title="Withdraw this patch?"
            description="It can't be applied any more. The preview stays, and can be sent for review again."
            actions={
              <>
                <Button onClick={() => setAsking(false)}>Keep it</Button>
                <Button
                  variant="danger"
                  busy={withdraw.isPending}
                  busyLabel="Withdrawing"
                  onClick={() => withdraw.mutate()}
                >
                  Withdraw patch
                </Button>
              </>
            }
          >
            {withdraw.isError ? <p className="text-danger">{apiErrorOf(withdraw.error).message}</p> : null}
          </Dialog>
        </>
      }
      note={STATE_WORDS[patch.state].word}
    >
      <b>{rowsWords(patch)}</b> to write in one transaction, or none
    </ActionBar>
  );
}
