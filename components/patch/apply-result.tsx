'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { hasOpenUndo } from '#components/patch/family-notice';
import { UndoPatch } from '#components/patch/undo-dialog';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { nounOf, rowsWords } from '#components/patch/words.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button, DownloadLink } from '#components/ui/button';
import { Card, CardHeader } from '#components/ui/card';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Pill } from '#components/ui/pill';
import { StatStrip } from '#components/ui/stat-strip';
import { Notice } from '#components/ui/states';
import { minuteText, secondText } from '#components/ui/time.ts';
import { TimeAgo } from '#components/ui/time-text';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';

/** What the live store holds after the write, compared again at any time. */
export function ApplyResult({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const cache = useQueryClient();
  const refusal = useMayNot('patch.verify', 'compare it');
  const verify = useMutation({
    mutationFn: () => postJson<PatchView>(`${patchPath(patch.id)}/verify`),
    onSuccess: (view) => cache.setQueryData(patchKey(patch.id), view),
  });
  const { verification, appliedAt } = patch;
  const stands = patch.state !== 'undone';
  const isUndo = patch.kind === 'undo';
  // The comparison is a job of its own: what kept it from an answer stands in the patch.
  const error = verify.isError ? apiErrorOf(verify.error) : patch.error;
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title={`${rowsWords(patch)} ${isUndo ? 'put back' : stands ? 'applied' : 'applied, then undone'}`}
        titleId={titleId}
        meta={appliedAt === null ? null : `Committed ${secondText(appliedAt)}`}
        actions={
          stands && patch.erasedAt !== null ? (
            <LiveFileLink />
          ) : stands ? (
            <>
              <LiveFileLink />
              <Button
                size="sm"
                icon="again"
                busy={verify.isPending}
                busyLabel="Comparing"
                disabledReason={refusal}
                onClick={() => verify.mutate()}
              >
                {verification === null ? 'Verify' : 'Verify again'}
              </Button>
              {isUndo || hasOpenUndo(patch) ? null : <UndoPatch patch={patch} />}
            </>
          ) : null
        }
      />
      {patch.erasedAt === null ? null : (
        <Notice tone="neutral">
          Its rows were erased on {minuteText(patch.erasedAt)}: they can be neither compared nor put back any
          more. Report and audit remain.
        </Notice>
      )}
      <Compared patch={patch} waits={error === null} />
      {error ? (
        <Notice tone="danger" role="alert">
          {error.message} {error.fix}
        </Notice>
      ) : null}
      {patch.approvals.some((one) => one.selfApproved && one.voidedBecause === null) ? (
        <div className="flex items-center gap-2 border-line border-t px-3.5 py-2 text-text-2">
          <Pill tone="warn">self-approved</Pill> Author and approver are the same person.
        </div>
      ) : null}
    </Card>
  );
}

/** A file that was patched goes back to whoever uploaded it. */
function LiveFileLink() {
  const { liveStore } = useIncident().incident;
  const refusal = useMayNot('live_store.use', 'download it');
  if (liveStore?.kind !== 'file') return null;
  return refusal === null ? (
    <DownloadLink size="sm" href={`/api/v1/live-stores/${liveStore.id}/file`}>
      Patched file
    </DownloadLink>
  ) : (
    <Button size="sm" icon="download" disabledReason={refusal}>
      Patched file
    </Button>
  );
}

/** The last comparison of the patched rows with what the patch wrote; `waits`: the first is still to come. */
function Compared({ patch, waits }: { patch: PatchView; waits: boolean }) {
  const { verification } = patch;
  if (patch.state === 'undone') return null;
  if (verification === null) {
    return waits ? (
      <Notice tone="acc" role="status">
        The rows are written. Comparing them with what the {nounOf(patch)} wrote.
      </Notice>
    ) : null;
  }
  const right = verification.differ === 0;
  return (
    <>
      {patch.alarm !== null ? null : (
        <Notice tone={right ? 'ok' : 'danger'} role="status" icon={right ? 'check' : 'warning'}>
          {right
            ? `${formatCount(verification.match)} of ${formatCount(verification.cells)} rows ${patch.undoes === null ? 'match what the archive says' : `hold again what they held before patch ${patch.undoes.number}`}.`
            : `${countOf(verification.differ, 'row differs', 'rows differ')} from what the ${nounOf(patch)} wrote: someone changed ${verification.differ === 1 ? 'it' : 'them'} afterwards.`}
        </Notice>
      )}
      <StatStrip
        stats={[
          {
            label: 'Compared',
            figure: formatCount(verification.cells),
            note: <TimeAgo iso={verification.at} />,
          },
          { label: 'Match', figure: formatCount(verification.match) },
          {
            label: 'Differ',
            figure: formatCount(verification.differ),
            ...(verification.differ > 0 ? { tone: 'danger' as const } : {}),
          },
          { label: 'Moved on', figure: formatCount(verification.moved), note: 'written by others since' },
        ]}
      />
    </>
  );
}
