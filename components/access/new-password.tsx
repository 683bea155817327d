'use client';

import { TextField } from '#components/ui/field';

const LEAST = 12;

type NewPasswordProps = {
  password: string;
  onPassword: (text: string) => void;
  again: string;
  onAgain: (text: string) => void;
};

/** A new password, twice. */
export function NewPassword({ password, onPassword, again, onAgain }: NewPasswordProps) {
  return (
    <>
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        value={password}
        onValueChange={onPassword}
        hint={`At least ${LEAST} characters. A few words together are good.`}
      />
      <TextField
        label="The same again"
        type="password"
        autoComplete="new-password"
        value={again}
        onValueChange={onAgain}
        error={again !== '' && password !== again ? 'The two are not the same.' : undefined}
      />
    </>
  );
}

/** Why these two are no password yet; null: they are. */
export function reasonNot(password: string, again: string): string | null {
  if (password.length < LEAST) return `The password needs at least ${LEAST} characters.`;
  return password === again ? null : 'Enter the same password twice.';
}
