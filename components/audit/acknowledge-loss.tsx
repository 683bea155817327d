'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { needsProof, ProveForm } from '#components/access/prove-form';
import { useMayNot } from '#components/access/use-me.ts';
import { entriesWords } from '#components/audit/audit-words.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { Textarea } from '#components/ui/field';
import type { AuditStanding } from '#lib/report/audit-view';

type Lost = { readonly from: number; readonly to: number };

/** After a restore: an admin says that the entries since the backup are lost. That is an entry itself. */
export function AcknowledgeLoss({ lost }: { lost: Lost }) {
  const refusal = useMayNot('audit.acknowledge', 'acknowledge the loss');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="sm" disabledReason={refusal} onClick={() => setOpen(true)}>
        It was a restore
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={`Acknowledge that ${entriesWords(lost)} lost?`}
        description="Only if the records were put back to an older backup. It stands in the audit for ever, with your name. Every entry is checked again first; whatever else was changed is still found."
      >
        <LossForm lost={lost} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function LossForm({ lost: { to }, onClose }: { lost: Lost; onClose: () => void }) {
  const cache = useQueryClient();
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const say = useMutation({
    mutationFn: () => postJson<AuditStanding>('/api/v1/audit/losses', { to, reason }),
    onSuccess: (standing) => {
      onClose();
      cache.setQueryData(['audit', 'standing'], standing);
      void cache.invalidateQueries({ queryKey: ['audit', 'lines'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (reason.trim() !== '') say.mutate();
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <Textarea
        label="Reason"
        hint="Which backup the records were put back to, and why."
        error={asked && reason.trim() === '' ? 'Say which backup it was, and why.' : null}
        required
        maxLength={2000}
        value={reason}
        onValueChange={setReason}
      />
      {needsProof(say.error) ? <ProveForm onProved={() => say.mutate()} /> : <ErrorLine error={say.error} />}
      <div className="flex flex-wrap justify-end gap-2 *:max-md:flex-1">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={say.isPending} busyLabel="Checking every entry">
          Acknowledge the loss
        </Button>
      </div>
    </form>
  );
}
