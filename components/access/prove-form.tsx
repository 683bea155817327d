'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { canUsePasskeys, proveByPasskey } from '#components/access/passkeys.ts';
import { ApiError, getJson, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { TextField } from '#components/ui/field';
import { Notice } from '#components/ui/states';
import type { MeView } from '#lib/incident/people';

/** Whether a verb refused because the last proof of who one is was too long ago. */
export const needsProof = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'access.prove';

/** Password or passkey once more, and what was refused goes on by itself; or the provider, which leads back to the page. */
export function ProveForm({ onProved }: { onProved: () => void }) {
  const [password, setPassword] = useState('');
  const me = useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => getJson<MeView>('/api/v1/me', { signal }),
  });
  const prove = useMutation({
    mutationFn: (by: 'password' | 'passkey') =>
      by === 'password' ? postJson('/api/v1/me/prove', { password }) : proveByPasskey(),
    onSuccess: onProved,
    onSettled: () => setPassword(''),
  });
  const hasPasskey = (me.data?.passkeys.length ?? 0) > 0 && canUsePasskeys();
  const provider = me.data?.provider ?? null;
  return (
    <div className="grid gap-2 rounded-control border border-line bg-bg p-3">
      <Notice tone="neutral">Show that it is you: the last time was too long ago.</Notice>
      {me.data?.hasPassword === false ? null : (
        <TextField
          label="Your password"
          type="password"
          autoComplete="current-password"
          autoFocus
          value={password}
          onValueChange={setPassword}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            if (password !== '' && !prove.isPending) prove.mutate('password');
          }}
        />
      )}
      <ErrorLine error={prove.error} />
      <div className="flex flex-wrap gap-2">
        {me.data?.hasPassword === false ? null : (
          <Button
            variant="primary"
            busy={prove.isPending && prove.variables === 'password'}
            disabledReason={password === '' ? 'Enter your password first.' : null}
            onClick={() => prove.mutate('password')}
          >
            Confirm
          </Button>
        )}
        {hasPasskey ? (
          <Button
            icon="lock"
            busy={prove.isPending && prove.variables === 'passkey'}
            onClick={() => prove.mutate('passkey')}
          >
            Use a passkey
          </Button>
        ) : null}
        {provider === null ? null : <ProveThere provider={provider} />}
      </div>
      {provider === null ? null : (
        <p className="text-text-2">
          {provider} asks you to sign in again and leads back to this page. What you have typed here is not
          kept.
        </p>
      )}
      {me.data !== undefined && !me.data.hasPassword && !hasPasskey && provider === null ? (
        <p className="text-text-2">
          You have neither password nor passkey yet: set one in your{' '}
          <Link href="/settings/profile" className="text-accent underline underline-offset-2">
            profile
          </Link>
          , right after signing in.
        </p>
      ) : null}
    </div>
  );
}

/** The provider asks who it is, and the browser comes back with a session that is proved. */
function ProveThere({ provider }: { provider: string }) {
  const start = useMutation({
    mutationFn: () => {
      const next = `${window.location.pathname}${window.location.search}`;
      return postJson<{ url: string }>('/api/v1/sign-in/provider', { next, proof: true });
    },
    onSuccess: ({ url }) => window.location.assign(url),
  });
  return (
    <>
      <Button icon="arrow-right" busy={start.isPending || start.isSuccess} onClick={() => start.mutate()}>
        Confirm at {provider}
      </Button>
      <ErrorLine error={start.error} />
    </>
  );
}

/** What failed beside a form: the proof that it needs, after which it is done again, or what went wrong. */
export function ProofOrError({ error, onProved }: { error: unknown; onProved: () => void }) {
  return needsProof(error) ? <ProveForm onProved={onProved} /> : <ErrorLine error={error} />;
}
