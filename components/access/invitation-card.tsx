'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { NewPassword, reasonNot } from '#components/access/new-password';
import { ROLE_WORDS } from '#components/access/role-words.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card, CardBody } from '#components/ui/card';
import { ErrorState } from '#components/ui/states';
import type { Role } from '#lib/incident/people';

type Look = { email: string; name: string; role: Role };

/** Where an invitation leads: who is invited sets a password, and is in. */
export function InvitationCard() {
  const token = useRef<string | null>(null);
  const look = useMutation({
    mutationFn: (text: string) => postJson<Look>('/api/v1/invitations/look', { token: text }),
  });
  const { mutate } = look;
  useEffect(() => {
    if (token.current !== null) return;
    token.current = window.location.hash.slice(1);
    // out of the address, so that it is in no history and on no screen that is shared
    window.history.replaceState(null, '', window.location.pathname);
    mutate(token.current);
  }, [mutate]);
  return (
    <Card labelledBy="invitation" className="w-full max-w-[26rem]">
      <CardBody>
        <h1 id="invitation" className="mb-1 font-semibold text-md">
          You are invited
        </h1>
        {look.isError ? (
          <ErrorState
            compact
            error={apiErrorOf(look.error)}
            actions={<ButtonLink href="/sign-in">Sign in</ButtonLink>}
          />
        ) : look.data === undefined ? (
          <p role="status">Reading the invitation …</p>
        ) : (
          <Accept look={look.data} token={token.current ?? ''} />
        )}
      </CardBody>
    </Card>
  );
}

function Accept({ look, token }: { look: Look; token: string }) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const accept = useMutation({
    mutationFn: () => postJson('/api/v1/invitations/accept', { token, password }),
    onSuccess: () => window.location.assign('/incidents'),
  });
  const reason = reasonNot(password, again);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason === null && !accept.isPending) accept.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      <p className="text-text-2">
        {look.name}, you join Recount as {look.role}. {ROLE_WORDS[look.role]}.
      </p>
      <p>
        You sign in with <b className="font-semibold [overflow-wrap:anywhere]">{look.email}</b> and a
        password. A passkey can be added in your profile.
      </p>
      <input type="text" name="email" autoComplete="username" value={look.email} readOnly hidden />
      <NewPassword password={password} onPassword={setPassword} again={again} onAgain={setAgain} />
      <ErrorLine error={accept.error} />
      <Button
        type="submit"
        variant="primary"
        busy={accept.isPending || accept.isSuccess}
        busyLabel="Joining …"
        disabledReason={reason}
      >
        Join
      </Button>
    </form>
  );
}
