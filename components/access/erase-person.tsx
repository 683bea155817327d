'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ProofOrError } from '#components/access/prove-form';
import { useMayNot } from '#components/access/use-me.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Textarea, TextField } from '#components/ui/field';
import type { PersonView } from '#lib/incident/people';

/** Of a person who is disabled: asks for a reason and for the name, since nothing brings them back. */
export function ErasePerson({ person, onErased }: { person: PersonView; onErased: () => void }) {
  const mayNot = useMayNot('person.erase', 'erase them');
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const [confirm, setConfirm] = useState('');
  const erase = useMutation({
    mutationFn: () =>
      postJson(`/api/v1/people/${encodeURIComponent(person.id)}/erase`, { reason: reason.trim(), confirm }),
    onSuccess: onErased,
  });
  if (!isAsking)
    return (
      <Button variant="danger" disabledReason={mayNot} onClick={() => setAsking(true)}>
        Erase {person.name}
      </Button>
    );
  const missing =
    reason.trim() === ''
      ? 'Say why they are erased.'
      : confirm.trim() === person.name
        ? null
        : `Type ${person.name} to confirm.`;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (missing === null && !erase.isPending) erase.mutate();
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <p className="text-pretty text-text-2">
        Name, e-mail, passkeys, sessions, tokens and invitations are removed; what they did stays under
        “Erased person”. The audit and reports that are frozen keep the name. Nothing brings it back.
      </p>
      <Textarea
        label="Reason"
        hint="It stands in the audit for good: leave their name out."
        required
        maxLength={2000}
        value={reason}
        onValueChange={setReason}
      />
      <TextField
        label={`Type ${person.name} to confirm`}
        autoComplete="off"
        value={confirm}
        onValueChange={setConfirm}
      />
      <ProofOrError error={erase.error} onProved={() => erase.mutate()} />
      <Button
        type="submit"
        variant="danger"
        busy={erase.isPending}
        busyLabel="Erasing"
        disabledReason={missing}
      >
        Erase for good
      </Button>
    </form>
  );
}
