'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { TextField } from '#components/ui/field';
import { Notice } from '#components/ui/states';

const LEAST = 12;

type PasswordFormProps = {
  me: { email: string | null; hasPassword: boolean };
  onSaved: () => void;
};

/** E-mail, where there is none yet, and a password, twice. */
export function PasswordForm({ me, onSaved }: PasswordFormProps) {
  const [email, setEmail] = useState(me.email ?? '');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const save = useMutation({
    mutationFn: () => postJson('/api/v1/me/password', me.email === null ? { password, email } : { password }),
    onSuccess: () => {
      setPassword('');
      setAgain('');
      onSaved();
    },
  });
  const reason = reasonNot({ email, password, again });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason === null && !save.isPending) save.mutate();
  };
  const error = save.error ? apiErrorOf(save.error) : null;
  return (
    <form onSubmit={submit} className="grid gap-3">
      {error ? (
        <Notice tone="danger" role="alert">
          {error.message} {error.fix}
        </Notice>
      ) : null}
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        value={email}
        onValueChange={setEmail}
        readOnly={me.email !== null}
        hint={me.email === null ? 'You sign in with it. Recount sends no mail.' : undefined}
      />
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        value={password}
        onValueChange={setPassword}
        hint={`At least ${LEAST} characters. A few words together are good.`}
      />
      <TextField
        label="The same again"
        type="password"
        autoComplete="new-password"
        value={again}
        onValueChange={setAgain}
        error={again !== '' && password !== again ? 'The two are not the same.' : undefined}
      />
      <Button
        type="submit"
        variant="primary"
        busy={save.isPending}
        busyLabel="Saving …"
        disabledReason={reason}
      >
        {me.hasPassword ? 'Change password' : 'Set password'}
      </Button>
    </form>
  );
}

function reasonNot({
  email,
  password,
  again,
}: {
  email: string;
  password: string;
  again: string;
}): string | null {
  if (!/^\S+@\S+$/.test(email)) return 'Enter your e-mail first.';
  if (password.length < LEAST) return `The password needs at least ${LEAST} characters.`;
  return password === again ? null : 'Enter the same password twice.';
}
