'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { canUsePasskeys, signInByPasskey } from '#components/access/passkeys.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody } from '#components/ui/card';
import { TextField } from '#components/ui/field';
import { Notice } from '#components/ui/states';
import { Words } from '#components/ui/words';

type SignInCardProps = {
  /** The page that they wanted. */
  next: string;
  /** The host of the OpenID provider, where there is one. */
  provider: string | null;
  /** Why they come back from the provider without being let in. */
  trouble: string | null;
};

/** Where someone shows who they are. */
export function SignInCard({ next, provider, trouble }: SignInCardProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => postJson('/api/v1/sign-in', { email, password }),
    // a whole new page: nothing of whoever was signed in before stays in memory
    onSuccess: () => window.location.assign(next),
    onError: () => setPassword(''),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!signIn.isPending && email !== '' && password !== '') signIn.mutate();
  };
  const busy = signIn.isPending || signIn.isSuccess;
  return (
    <Card labelledBy="sign-in" className="w-full max-w-[23rem]">
      <CardBody>
        <h1 id="sign-in" className="mb-3 font-semibold text-md">
          Sign in
        </h1>
        {trouble === null ? null : <NotLetIn words={trouble} />}
        <form onSubmit={submit} className="grid gap-3">
          {signIn.isError ? <SignInError error={apiErrorOf(signIn.error)} /> : null}
          <TextField
            label="E-mail"
            type="email"
            name="email"
            autoComplete="username webauthn"
            autoFocus
            required
            value={email}
            onValueChange={setEmail}
          />
          <TextField
            label="Password"
            type="password"
            name="password"
            autoComplete="current-password"
            required
            value={password}
            onValueChange={setPassword}
          />
          <Button
            type="submit"
            variant="primary"
            busy={busy}
            busyLabel="Signing in …"
            disabledReason={email === '' || password === '' ? 'Enter e-mail and password first.' : null}
          >
            Sign in
          </Button>
        </form>
        {provider === null ? null : <ProviderButton provider={provider} next={next} />}
        <PasskeyButton onSignedIn={() => window.location.assign(next)} />
        <p className="mt-3 text-text-3 text-xs">
          Locked out? An admin makes a new way in. On the machine itself, run{' '}
          <code>npm run -s recount -- sign-in-link</code>.
        </p>
      </CardBody>
    </Card>
  );
}

function NotLetIn({ words }: { words: string }) {
  return (
    <div className="-mx-3.5 mb-3">
      <Notice tone="warn" role="status">
        {words}
      </Notice>
    </div>
  );
}

/** The browser goes to the provider, and comes back signed in. */
function ProviderButton({ provider, next }: { provider: string; next: string }) {
  const start = useMutation({
    mutationFn: () => postJson<{ url: string }>('/api/v1/sign-in/provider', { next }),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  return (
    <div className="mt-3 grid gap-2 border-line border-t pt-3">
      <Button icon="arrow-right" busy={start.isPending || start.isSuccess} onClick={() => start.mutate()}>
        Sign in with {provider}
      </Button>
      <ErrorLine error={start.error} />
    </div>
  );
}

/** Shown where the browser can use passkeys here. */
function PasskeyButton({ onSignedIn }: { onSignedIn: () => void }) {
  const [canUse, setCanUse] = useState(false);
  useEffect(() => setCanUse(canUsePasskeys()), []);
  const signIn = useMutation({ mutationFn: signInByPasskey, onSuccess: onSignedIn });
  if (!canUse) return null;
  return (
    <div className="mt-3 grid gap-2 border-line border-t pt-3">
      <Button icon="lock" busy={signIn.isPending || signIn.isSuccess} onClick={() => signIn.mutate()}>
        Sign in with a passkey
      </Button>
      <ErrorLine error={signIn.error} />
    </div>
  );
}

function SignInError({ error }: { error: { message: string; fix: string } }) {
  return (
    <div className="-mx-3.5">
      <Notice tone="danger" role="alert">
        <b className="font-semibold">{error.message}</b> <Words>{error.fix}</Words>
      </Notice>
    </div>
  );
}
