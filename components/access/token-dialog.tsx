'use client';

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { needsProof, ProveForm } from '#components/access/prove-form';
import { SecretOnce } from '#components/access/secret-once';
import { useMe } from '#components/access/use-me.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { RadioGroup } from '#components/ui/choice';
import { Dialog } from '#components/ui/dialog';
import { TextField } from '#components/ui/field';

type Scope = 'read' | 'prepare' | 'apply';
const SCOPES = [
  { value: 'read', label: 'Read', hint: 'Incidents, runs and reports' },
  { value: 'prepare', label: 'Prepare', hint: 'Also set up, preview, propose, rehearse and verify' },
  { value: 'apply', label: 'Apply', hint: 'Also apply what a person has approved' },
] as const;
const DAYS = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
] as const;

type TokenDialogProps = { open: boolean; onOpenChange: (open: boolean) => void; onMade: () => void };

/** Makes a token. Its text is shown once: the server keeps only a hash of it. */
export function TokenDialog({ open, onOpenChange, onMade }: TokenDialogProps) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('read');
  const [days, setDays] = useState<'30' | '90' | '365'>('90');
  const { role } = useMe();
  const make = useMutation({
    mutationFn: () => postJson<{ token: string }>('/api/v1/tokens', { name, scope, days: Number(days) }),
    onSuccess: onMade,
  });
  const change = (next: boolean) => {
    onOpenChange(next);
    if (next) return;
    make.reset();
    setName('');
  };
  const token = make.data?.token ?? null;
  const scopes = role === 'viewer' ? SCOPES.filter(({ value }) => value === 'read') : SCOPES;
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={token === null ? 'New token' : 'The token is ready'}
      description={
        token === null
          ? 'For a program that uses the API in your name. No token approves a patch.'
          : 'Copy it now: it is shown only this once. If it is lost, revoke it and make another.'
      }
      onSubmit={token === null ? () => make.isPending || make.mutate() : undefined}
      actions={
        token === null ? (
          <>
            <Button onClick={() => change(false)}>Cancel</Button>
            <Button
              type="submit"
              variant="primary"
              busy={make.isPending}
              disabledReason={name.trim() === '' ? 'Enter a name first.' : null}
            >
              Make token
            </Button>
          </>
        ) : (
          <Button variant="primary" onClick={() => change(false)}>
            Done
          </Button>
        )
      }
    >
      {token === null ? (
        <div className="grid gap-4">
          <TextField label="Name" hint="What uses it: Nightly check." value={name} onValueChange={setName} />
          <RadioGroup legend="Scope" options={scopes} value={scope} onValueChange={setScope} />
          <RadioGroup legend="It works for" inline options={DAYS} value={days} onValueChange={setDays} />
          {needsProof(make.error) ? (
            <ProveForm onProved={() => make.mutate()} />
          ) : (
            <ErrorLine error={make.error} />
          )}
        </div>
      ) : (
        <SecretOnce label="Token" text={token} hint="Send it as the header “Authorization: Bearer …”." />
      )}
    </Dialog>
  );
}
