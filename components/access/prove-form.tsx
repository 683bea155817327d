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

/** Password or passkey once more; then what was refused goes on by itself. */
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
      </div>
      {me.data !== undefined && !me.data.hasPassword && !hasPasskey ? (
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

/** What failed beside a form: the proof that it needs, after which it is done again, or what went wrong. */
export function ProofOrError({ error, onProved }: { error: unknown; onProved: () => void }) {
  return needsProof(error) ? <ProveForm onProved={onProved} /> : <ErrorLine error={error} />;
}
