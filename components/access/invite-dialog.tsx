'use client';

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ProofOrError } from '#components/access/prove-form';
import { ROLE_OPTIONS } from '#components/access/role-words.ts';
import { SecretOnce } from '#components/access/secret-once';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { TextField } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';
import type { Role } from '#lib/incident/people';

type InviteDialogProps = { open: boolean; onOpenChange: (open: boolean) => void; onInvited: () => void };

/** Invites someone: the link is shown once, to be sent by whatever way the two trust. */
export function InviteDialog({ open, onOpenChange, onInvited }: InviteDialogProps) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const invite = useMutation({
    mutationFn: () => postJson<{ url: string }>('/api/v1/invitations', { name, email, role }),
    onSuccess: onInvited,
  });
  const change = (next: boolean) => {
    onOpenChange(next);
    if (next) return;
    invite.reset();
    setName('');
    setEmail('');
  };
  const url = invite.data?.url ?? null;
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={url === null ? 'Invite someone' : `The invitation for ${name} is ready`}
      description={
        url === null
          ? 'You get a link to send them. Recount sends no mail.'
          : 'Copy the link now and send it: it is shown only this once.'
      }
      onSubmit={url === null ? () => invite.isPending || invite.mutate() : undefined}
      actions={
        url === null ? (
          <>
            <Button onClick={() => change(false)}>Cancel</Button>
            <Button
              type="submit"
              variant="primary"
              busy={invite.isPending}
              disabledReason={
                name.trim() === '' || !email.includes('@') ? 'Enter name and e-mail first.' : null
              }
            >
              Make the link
            </Button>
          </>
        ) : (
          <Button variant="primary" onClick={() => change(false)}>
            Done
          </Button>
        )
      }
    >
      {url === null ? (
        <div className="grid gap-3">
          <TextField label="Name" value={name} onValueChange={setName} />
          <TextField label="E-mail" type="email" value={email} onValueChange={setEmail} />
          <SelectField label="Role" options={ROLE_OPTIONS} value={role} onValueChange={setRole} />
          <ProofOrError error={invite.error} onProved={() => invite.mutate()} />
        </div>
      ) : (
        <SecretOnce label="Invitation link" text={url} hint="It works once, within 7 days." />
      )}
    </Dialog>
  );
}
