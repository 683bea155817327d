'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { CheckLines } from '#components/patch/check-lines';
import { PatchError } from '#components/patch/patch-error';
import {
  LIMITS,
  type Limit,
  refusalTitle,
  rehearsalLines,
  rehearsalPill,
} from '#components/patch/rehearsal-words.ts';
import { RowNames } from '#components/patch/trouble';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { isOpen, isRehearsing, patchName, rowsWords, sentence } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Progress } from '#components/ui/loading';
import { Mono } from '#components/ui/mono';
import { Pill } from '#components/ui/pill';
import { SelectField } from '#components/ui/select-field';
import { Notice } from '#components/ui/states';
import { formatDuration } from '#components/ui/time.ts';
import { TimeAgo } from '#components/ui/time-text';
import { useIncident } from '#components/workspace/use-incident.ts';
import { REHEARSAL_LIMIT_MS } from '#lib/patch/live-store';
import type { PatchView, RehearsalView } from '#lib/patch/patch';

const isLimit = (text: string): text is Limit => LIMITS.some(({ value }) => value === text);
const DEFAULT_LIMIT = String(REHEARSAL_LIMIT_MS);

/** The apply, tried on the live store itself and rolled back. */
export function RehearsalCard({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const { rehearsal } = patch;
  const open = isOpen(patch.state);
  if (!open && rehearsal === null) return null;
  const pill = rehearsal === null ? null : rehearsalPill(rehearsal);
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title="Rehearsal"
        titleId={titleId}
        meta={
          rehearsal === null || pill === null ? (
            'not held yet'
          ) : (
            <>
              <Pill tone={pill.tone}>{pill.word}</Pill>
              {isRehearsing(patch) ? null : (
                <span>
                  <TimeAgo iso={rehearsal.at} />, for <Mono>{patchName(rehearsal.seal)}</Mono>
                </span>
              )}
            </>
          )
        }
      />
      {open ? <Held patch={patch} /> : null}
      <div role="status">
        {rehearsal === null || isRehearsing(patch) ? null : <Outcome patch={patch} rehearsal={rehearsal} />}
      </div>
    </Card>
  );
}

/** Starts a rehearsal, or shows the one that runs. */
function Held({ patch }: { patch: PatchView }) {
  const cache = useQueryClient();
  const refusal = useMayNot('patch.rehearse', 'rehearse');
  const { liveStore } = useIncident().incident;
  const last = String(patch.rehearsal?.limitMs ?? REHEARSAL_LIMIT_MS);
  const [limit, setLimit] = useState<Limit>(
    isLimit(last) ? last : isLimit(DEFAULT_LIMIT) ? DEFAULT_LIMIT : '10000',
  );
  const show = (view: PatchView) => cache.setQueryData(patchKey(patch.id), view);
  const rehearse = useMutation({
    mutationFn: () =>
      postJson<PatchView>(`${patchPath(patch.id)}/rehearse`, { seal: patch.seal, limitMs: Number(limit) }),
    onSuccess: show,
  });
  const cancel = useMutation({
    mutationFn: () => postJson<PatchView>(`${patchPath(patch.id)}/rehearse/cancel`),
    onSuccess: show,
  });
  if (isRehearsing(patch)) {
    return (
      <CardBody className="flex flex-wrap items-end gap-3">
        <div className="min-w-48 flex-1" role="status">
          <Progress
            label={
              patch.rehearsal?.state === 'queued'
                ? 'Waiting for a worker'
                : `Rehearsing ${rowsWords(patch)} on the live store`
            }
            done={0}
            total={null}
            words={`gives up after ${formatDuration(patch.rehearsal?.limitMs ?? 0)} of locks`}
          />
        </div>
        <Button
          busy={cancel.isPending}
          busyLabel="Stopping"
          disabledReason={refusal}
          onClick={() => cancel.mutate()}
        >
          Stop and roll back
        </Button>
        {cancel.isError ? <PatchError error={cancel.error} /> : null}
      </CardBody>
    );
  }
  return (
    <>
      <CardBody className="flex flex-wrap items-center gap-x-4 gap-y-2.5">
        <p className="min-w-56 flex-1 text-pretty text-text-2">
          {liveStore?.kind === 'file'
            ? 'Goes through the live file exactly as the apply would, and leaves it as it is.'
            : 'Runs exactly these statements on the live store in one transaction, then rolls it back.'}{' '}
          Nothing of it stays.
        </p>
        <div className="flex items-center gap-2 max-md:w-full">
          <SelectField
            label="How long it may hold locks"
            hideLabel
            options={LIMITS}
            value={limit}
            onValueChange={setLimit}
            className="w-40 max-md:flex-1"
          />
          <Button
            icon={patch.rehearsal === null ? 'play' : 'again'}
            busy={rehearse.isPending}
            busyLabel="Starting"
            disabledReason={refusal}
            onClick={() => rehearse.mutate()}
          >
            {patch.rehearsal === null ? 'Rehearse' : 'Rehearse again'}
          </Button>
        </div>
      </CardBody>
      {rehearse.isError ? <PatchError error={rehearse.error} /> : null}
    </>
  );
}

function Outcome({ patch, rehearsal }: { patch: PatchView; rehearsal: RehearsalView }) {
  const isFile = useIncident().incident.liveStore?.kind === 'file';
  const { state, result, error } = rehearsal;
  if (state === 'cancelled') {
    return <Notice tone="neutral">It was stopped and rolled back before it was through.</Notice>;
  }
  if (result === null) {
    return (
      <Notice tone="warn">
        It could not be held: {sentence(error?.message ?? 'the worker ended')} {error?.fix} Nothing was
        changed. {error === null ? null : <code className="text-xs">{error.code}</code>}
      </Notice>
    );
  }
  const { refusal } = result;
  return (
    <>
      {refusal === null ? null : (
        <Notice tone="danger">
          <div className="grid gap-1.5">
            <p className="font-medium">{refusalTitle(refusal)}</p>
            <p>
              {sentence(refusal.message)} {refusal.fix} <code className="text-xs">{refusal.code}</code>
            </p>
            <RowNames rows={refusal.rows ?? []} />
          </div>
        </Notice>
      )}
      {result.status === 'already_applied' ? (
        <Notice tone="neutral">The ledger of the live store has it already; nothing would be written.</Notice>
      ) : null}
      <div className="border-line border-t">
        <CheckLines label="What the rehearsal found" lines={rehearsalLines(patch, result, isFile)} />
      </div>
    </>
  );
}
