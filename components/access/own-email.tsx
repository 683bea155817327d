'use client';

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ProofOrError } from '#components/access/prove-form';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { TextField } from '#components/ui/field';

/** The e-mail that one signs in with. */
export function OwnEmail({ email: known, onSaved }: { email: string; onSaved: () => void }) {
  const [email, setEmail] = useState(known);
  const change = useMutation({
    mutationFn: () => postJson('/api/v1/me/email', { email }),
    onSuccess: onSaved,
  });
  const same = email.trim().toLowerCase() === known;
  const reason = same
    ? 'Change the e-mail first.'
    : /^\S+@\S+$/.test(email.trim())
      ? null
      : 'Enter an e-mail first.';
  return (
    <Card labelledBy="own-email">
      <CardHeader titleId="own-email" title="E-mail" />
      <CardBody>
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (reason === null && !change.isPending) change.mutate();
          }}
        >
          <TextField
            label="Your e-mail"
            type="email"
            autoComplete="email"
            value={email}
            onValueChange={setEmail}
            hint="You sign in with it. The new one holds at once: Recount sends no mail to ask. All other sessions end."
          />
          <ProofOrError error={change.error} onProved={() => change.mutate()} />
          <Button
            type="submit"
            className="justify-self-start"
            busy={change.isPending}
            disabledReason={reason}
          >
            Save e-mail
          </Button>
        </form>
      </CardBody>
    </Card>
  );
}
