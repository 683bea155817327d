'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { NewPassword, reasonNot } from '#components/access/new-password';
import { needsProof, ProveForm } from '#components/access/prove-form';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { TextField } from '#components/ui/field';

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
  const reason = /^\S+@\S+$/.test(email) ? reasonNot(password, again) : 'Enter your e-mail first.';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason === null && !save.isPending) save.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      {me.email === null ? (
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          value={email}
          onValueChange={setEmail}
          hint="You sign in with it. Recount sends no mail."
        />
      ) : (
        <>
          <p className="text-text-2">
            You sign in with <b className="font-semibold [overflow-wrap:anywhere]">{me.email}</b> and this
            password.
          </p>
          {/* for the browser's own list of passwords */}
          <input type="text" name="email" autoComplete="username" value={me.email} readOnly hidden />
        </>
      )}
      <NewPassword password={password} onPassword={setPassword} again={again} onAgain={setAgain} />
      {needsProof(save.error) ? (
        <ProveForm onProved={() => save.mutate()} />
      ) : (
        <ErrorLine error={save.error} />
      )}
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
