'use client';

import { SampleReset } from '#components/new-incident/sample-reset';
import { AlarmCard } from '#components/patch/alarm-card';
import { ApplyForm } from '#components/patch/apply-form';
import { ApplyResult } from '#components/patch/apply-result';
import { ApplySteps } from '#components/patch/apply-steps';
import { ApprovalCard } from '#components/patch/approval-card';
import { ExportCard } from '#components/patch/export-card';
import { UndoesNotice, UndoneNotice } from '#components/patch/family-notice';
import { PatchFrame, TwoColumns } from '#components/patch/patch-frame';
import { PatchTrouble } from '#components/patch/patch-trouble';
import { PreflightCard } from '#components/patch/preflight-card';
import { RehearsalCard } from '#components/patch/rehearsal-card';
import { TouchCard } from '#components/patch/touch-card';
import { VerifyCard } from '#components/patch/verify-card';
import {
  isMoving,
  isWritten,
  nounOf,
  rowsWords,
  sentence,
  stateWords,
  wasWritten,
} from '#components/patch/words.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { ActionBar, Page } from '#components/ui/page';
import { EmptyState } from '#components/ui/states';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';

/** Stage 5: the write, followed step by step, and the proof of it. */
export function ApplyStage() {
  return <PatchFrame>{(patch) => <Apply patch={patch} />}</PatchFrame>;
}

function Apply({ patch }: { patch: PatchView }) {
  const { incident, reference } = useIncident();
  const review = `/incidents/${reference}/review?patch=${patch.id}`;
  const waits = patch.state === 'proposed' || patch.state === 'expired' || patch.state === 'cancelled';
  return (
    <>
      <Page>
        {waits ? (
          <Card>
            <EmptyState
              icon="lock"
              title={
                patch.state === 'proposed'
                  ? `This ${nounOf(patch)} is not approved yet.`
                  : patch.state === 'expired'
                    ? `The approval of this ${nounOf(patch)} expired.`
                    : `This ${nounOf(patch)} was taken back.`
              }
              actions={<ButtonLink href={review}>Go to the review</ButtonLink>}
            >
              {patch.state === 'cancelled'
                ? patch.kind === 'undo'
                  ? 'Nothing was put back; the patch stands in the live store.'
                  : 'Nothing of it was written. Send the preview for review again.'
                : patch.error === null
                  ? 'Approving and applying are two steps: approve it first.'
                  : `${sentence(patch.error.message)} ${patch.error.fix}`}
            </EmptyState>
          </Card>
        ) : (
          <TwoColumns
            asideFirst={patch.state === 'approved'}
            main={
              <>
                <UndoesNotice patch={patch} />
                <PatchTrouble patch={patch} />
                <AlarmCard patch={patch} />
                <UndoneNotice patch={patch} />
                {isWritten(patch.state) || patch.state === 'undone' ? <ApplyResult patch={patch} /> : null}
                <VerifyCard patch={patch} />
                {patch.state === 'approved' ? (
                  <>
                    <PreflightCard patch={patch} />
                    <RehearsalCard patch={patch} />
                  </>
                ) : null}
                <ApplySteps patch={patch} />
                <TouchCard patch={patch} />
              </>
            }
            aside={
              <>
                {patch.state === 'approved' ? <ApplyForm patch={patch} /> : null}
                <ApprovalCard patch={patch} />
                <ExportCard patch={patch} />
                {incident.sample && (isWritten(patch.state) || patch.state === 'undone') ? (
                  <SampleReset />
                ) : null}
              </>
            }
          />
        )}
      </Page>
      <ApplyBar patch={patch} reference={reference} review={review} />
    </>
  );
}

function ApplyBar({ patch, reference, review }: { patch: PatchView; reference: string; review: string }) {
  const report = `/incidents/${reference}/report`;
  return (
    <ActionBar
      actions={
        <>
          <ButtonLink href={review}>Review</ButtonLink>
          {wasWritten(patch.state) ? (
            <ButtonLink variant="primary" href={report}>
              Open the report
            </ButtonLink>
          ) : (
            <Button
              variant="primary"
              disabledReason={
                isMoving(patch.state)
                  ? `The ${nounOf(patch)} is being written.`
                  : `The ${nounOf(patch)} has not been applied.`
              }
            >
              Open the report
            </Button>
          )}
        </>
      }
      note={stateWords(patch).word}
    >
      <b>{rowsWords(patch)}</b> of {patch.target}
    </ActionBar>
  );
}
