'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { PatchError } from '#components/patch/patch-error';
import { RowNames, Trouble } from '#components/patch/trouble';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { isWritten, nounOf, rowsWords } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { Textarea } from '#components/ui/field';
import { countOf } from '#components/ui/format.ts';
import { secondText } from '#components/ui/time.ts';
import { incidentKey, useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';

/** What was written is wrong again, or gone with a restored live store: which rows, and what to do. */
export function AlarmCard({ patch }: { patch: PatchView }) {
  const { reference } = useIncident();
  const { alarm, verification } = patch;
  const isLost = patch.state === 'lost';
  if (!isLost && (alarm === null || !isWritten(patch.state))) return null;
  const differ = verification?.differ ?? alarm?.rows.length ?? 0;
  return (
    <Trouble
      title={
        isLost
          ? `The live store does not have this ${nounOf(patch)} any more.`
          : `${countOf(differ, 'row is', 'rows are')} wrong again.`
      }
      actions={
        <>
          <ButtonLink variant="primary" href={`/incidents/${reference}/preview`}>
            Preview again
          </ButtonLink>
          {alarm === null ? null : <Acknowledge patch={patch} />}
        </>
      }
    >
      {alarm === null ? null : (
        <p role="alert">
          {alarm.message}{' '}
          <span className="whitespace-nowrap text-text-3 text-xs">Found {secondText(alarm.at)}.</span>
        </p>
      )}
      <RowNames rows={alarm?.rows ?? []} of={isLost ? undefined : differ} />
      <p>
        {isLost
          ? `What these ${rowsWords(patch)} hold now is not known. A new preview shows it; nothing is written by itself.`
          : 'A new preview shows what is wrong now and makes a new patch. Where the change was meant, acknowledge it: the same rows raise no alarm again.'}
      </p>
    </Trouble>
  );
}

function Acknowledge({ patch }: { patch: PatchView }) {
  const [open, setOpen] = useState(false);
  const refusal = useMayNot('patch.verify', 'acknowledge it');
  return (
    <>
      <Button disabledReason={refusal} onClick={() => setOpen(true)}>
        Acknowledge
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Acknowledge this alarm"
        description="It is shown no more. The report keeps it, with your reason."
      >
        {open ? <Reason patch={patch} onClose={() => setOpen(false)} /> : null}
      </Dialog>
    </>
  );
}

function Reason({ patch, onClose }: { patch: PatchView; onClose: () => void }) {
  const { reference } = useIncident();
  const cache = useQueryClient();
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const acknowledge = useMutation({
    mutationFn: () =>
      postJson<PatchView>(`${patchPath(patch.id)}/alarm/acknowledge`, { reason: reason.trim() }),
    onSuccess: (view) => {
      onClose();
      cache.setQueryData(patchKey(patch.id), view);
      void cache.invalidateQueries({ queryKey: incidentKey(reference) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (reason.trim() !== '') acknowledge.mutate();
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <Textarea
        label="Reason"
        hint="Why it is as it should be, or who sees to it."
        error={asked && reason.trim() === '' ? 'Give a reason, in a few words.' : null}
        required
        maxLength={2000}
        value={reason}
        onValueChange={setReason}
      />
      {acknowledge.isError ? <PatchError error={acknowledge.error} /> : null}
      <div className="flex flex-wrap justify-end gap-2 *:max-md:flex-1">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={acknowledge.isPending} busyLabel="Acknowledging">
          Acknowledge
        </Button>
      </div>
    </form>
  );
}
