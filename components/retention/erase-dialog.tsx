'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { ProofOrError } from '#components/access/prove-form';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { Textarea, TextField } from '#components/ui/field';
import { formatBytes } from '#components/ui/format.ts';
import type { ErasedView, KeptIncident } from '#lib/incident/retention';

type EraseDialogProps = { incident: KeptIncident; onClose: () => void; onErased: () => void };

/** Asks for a reason and for the incident's name, since nothing brings it back. */
export function EraseDialog({ incident, onClose, onErased }: EraseDialogProps) {
  const formId = useId();
  const [reason, setReason] = useState('');
  const [confirm, setConfirm] = useState('');
  const name = `INC-${incident.number}`;
  const erase = useMutation({
    mutationFn: () =>
      postJson<ErasedView>(`/api/v1/incidents/${name}/erase`, { reason: reason.trim(), confirm }),
    onSuccess: onErased,
  });
  const missing =
    reason.trim() === ''
      ? 'Say why it is erased.'
      : confirm.trim() === name
        ? null
        : `Type ${name} to confirm.`;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (missing === null && !erase.isPending) erase.mutate();
  };
  const { uploads, runs } = incident.bytes;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? null : onClose())}
      size="md"
      title={`Erase what is kept of ${name}`}
      description={`${incident.title}: ${formatBytes(uploads + runs)}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="danger"
            busy={erase.isPending}
            busyLabel="Erasing"
            disabledReason={missing}
          >
            Erase for good
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} noValidate className="grid gap-4">
        <ul className="grid list-disc gap-1 pl-4 text-pretty text-text-2">
          <li>
            Its uploads and staged events, and the rows and differences of all its previews and patches, are
            removed. Nothing brings them back.
          </li>
          <li>What was written can be neither compared nor put back any more.</li>
          {incident.isClosed ? null : <li>The incident is closed.</li>}
          <li>The report as it stands, the audit, and what people wrote remain.</li>
        </ul>
        <Textarea
          label="Reason"
          hint="It stands on the page of the incident and in the audit."
          required
          maxLength={2000}
          value={reason}
          onValueChange={setReason}
        />
        <TextField
          label={`Type ${name} to confirm`}
          mono
          autoComplete="off"
          value={confirm}
          onValueChange={setConfirm}
        />
        <ProofOrError error={erase.error} onProved={() => erase.mutate()} />
      </form>
    </Dialog>
  );
}
