'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { addPasskey, canUsePasskeys } from '#components/access/passkeys.ts';
import { needsProof, ProveForm } from '#components/access/prove-form';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { TextField } from '#components/ui/field';
import { TimeAt } from '#components/ui/time-text';
import type { MeView } from '#lib/incident/people';

type Change = { readonly kind: 'add' | 'remove'; readonly name: string; readonly id: string };

/** The passkeys of whoever is signed in: made, listed, removed. */
export function Passkeys({ me, onChanged }: { me: MeView; onChanged: (words: string) => void }) {
  const [name, setName] = useState('');
  const [canUse, setCanUse] = useState<boolean | null>(null);
  useEffect(() => setCanUse(canUsePasskeys()), []);
  const change = useMutation({
    mutationFn: ({ kind, id, name: given }: Change) =>
      kind === 'add'
        ? addPasskey(given.trim() || 'Passkey')
        : postJson(`/api/v1/me/passkeys/${encodeURIComponent(id)}`, {}, { method: 'DELETE' }),
    onSuccess: (_, { kind }) => {
      setName('');
      onChanged(kind === 'add' ? 'The passkey is added.' : 'The passkey is removed.');
    },
  });
  const again = change.variables;
  return (
    <Card labelledBy="passkeys">
      <CardHeader titleId="passkeys" title="Passkeys" meta={`${me.passkeys.length}`} />
      <CardBody className="grid gap-3">
        <p className="text-pretty text-text-2">
          A passkey signs you in with the lock of your device or a security key. It can't be guessed or
          phished.
        </p>
        {me.passkeys.length > 0 ? (
          <ul className="grid gap-1.5">
            {me.passkeys.map((key) => (
              <li
                key={key.id}
                className="flex items-center gap-2 rounded-control border border-line px-2.5 py-1.5"
              >
                <span className="min-w-0 flex-1 truncate">{key.name}</span>
                <span className="text-text-3 text-xs">
                  {key.createdAt === null ? null : <TimeAt iso={key.createdAt} to="minute" />}
                </span>
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={`Remove ${key.name}`}
                  onClick={() => change.mutate({ kind: 'remove', id: key.id, name: key.name })}
                >
                  Remove
                </Button>
              </li>
            ))}
          </ul>
        ) : null}
        {needsProof(change.error) && again !== undefined ? (
          <ProveForm onProved={() => change.mutate(again)} />
        ) : (
          <ErrorLine error={change.error} />
        )}
        {canUse === false ? (
          <NotHere />
        ) : (
          <form
            className="flex flex-wrap items-end gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              if (!change.isPending) change.mutate({ kind: 'add', id: '', name });
            }}
          >
            <TextField
              label="Name of the new passkey"
              className="min-w-48 flex-1"
              placeholder="Laptop"
              value={name}
              onValueChange={setName}
            />
            <Button type="submit" icon="plus" busy={change.isPending} busyLabel="Adding …">
              Add passkey
            </Button>
          </form>
        )}
      </CardBody>
    </Card>
  );
}

/** Browsers bind a passkey to a name; on one's own machine that is localhost. */
function NotHere() {
  const { protocol, hostname, port, pathname } = window.location;
  const isAddress = /^[\d.:[\]]+$/.test(hostname);
  if (!isAddress) return <p className="text-text-2">This browser has no passkeys.</p>;
  const address = `${protocol}//localhost${port === '' ? '' : `:${port}`}${pathname}`;
  return (
    <p className="text-text-2">
      Passkeys need a name instead of an address. Open{' '}
      <a className="text-accent underline" href={address}>
        {address}
      </a>{' '}
      and sign in there to add or use one.
    </p>
  );
}
