'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { PasswordForm } from '#components/access/password-form';
import { type ApiError, apiErrorOf, getJson, postJson } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card, CardBody } from '#components/ui/card';
import { ErrorState } from '#components/ui/states';

type Me = { name: string; email: string | null; hasPassword: boolean };

const goOn = () => window.location.assign('/incidents');

/** Where a sign-in link leads: it signs in once, then offers a way in for the next time. */
export function WelcomeCard() {
  const opened = useMutation({
    mutationFn: (token: string) => postJson('/api/v1/welcome', { token }),
  });
  const { mutate } = opened;
  const [isPlain, setPlain] = useState(false);
  const isRead = useRef(false);
  useEffect(() => {
    if (isRead.current) return;
    isRead.current = true;
    const token = window.location.hash.slice(1);
    // out of the address, so that it is in no history and on no screen that is shared
    window.history.replaceState(null, '', window.location.pathname);
    if (token === '') setPlain(true);
    else mutate(token);
  }, [mutate]);
  const me = useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => getJson<Me>('/api/v1/me', { signal }),
    enabled: opened.isSuccess || isPlain,
  });
  const error = opened.error ?? me.error;
  return (
    <Card labelledBy="welcome" className="w-full max-w-[26rem]">
      <CardBody>
        <h1 id="welcome" className="mb-1 font-semibold text-md">
          Welcome
        </h1>
        {error ? <NotOpened error={apiErrorOf(error)} /> : null}
        {!error && me.data === undefined ? <p role="status">Signing in …</p> : null}
        {!error && me.data !== undefined ? <SetUp me={me.data} /> : null}
      </CardBody>
    </Card>
  );
}

function NotOpened({ error }: { error: ApiError }) {
  return (
    <ErrorState
      compact
      error={error}
      actions={<ButtonLink href="/sign-in">Sign in another way</ButtonLink>}
    />
  );
}

function SetUp({ me }: { me: Me }) {
  return (
    <>
      <p className="mb-3 text-text-2">
        {me.hasPassword
          ? `You are signed in as ${me.name}. You can set a new password now; all your other sessions end.`
          : `You are signed in as ${me.name}. Choose how you sign in next time; the link works only once.`}
      </p>
      <PasswordForm me={me} onSaved={goOn} />
      <div className="mt-3 border-line border-t pt-3">
        <Button onClick={goOn}>Later</Button>
        {me.hasPassword ? null : (
          <p className="mt-2 text-pretty text-text-3 text-xs">
            Until then, each start of Recount prints a new link on the machine that it runs on.
          </p>
        )}
      </div>
    </>
  );
}
