'use client';

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { EndSessions } from '#components/access/end-sessions';
import { ErasePerson } from '#components/access/erase-person';
import { ProofOrError } from '#components/access/prove-form';
import { ROLE_OPTIONS } from '#components/access/role-words.ts';
import { SecretOnce } from '#components/access/secret-once';
import { useMe } from '#components/access/use-me.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { TextField } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';
import type { PersonView } from '#lib/incident/people';

type PersonDialogProps = { person: PersonView | null; onClose: () => void; onChanged: () => void };

/** Name and role of a person, a new way in, or no way in any more. */
export function PersonDialog({ person, onClose, onChanged }: PersonDialogProps) {
  return (
    <Dialog
      open={person !== null}
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={person?.name ?? ''}
      description={person?.email ?? 'No e-mail yet'}
    >
      {person === null ? null : <PersonForm person={person} onClose={onClose} onChanged={onChanged} />}
    </Dialog>
  );
}

function PersonForm({ person, onClose, onChanged }: PersonDialogProps & { person: PersonView }) {
  const [name, setName] = useState(person.name);
  const [role, setRole] = useState(person.role);
  const isOwn = useMe().id === person.id;
  const at = `/api/v1/people/${encodeURIComponent(person.id)}`;
  const change = useMutation({
    mutationFn: (to: object) => postJson(at, to, { method: 'PATCH' }),
    onSuccess: () => {
      onChanged();
      onClose();
    },
  });
  const link = useMutation({ mutationFn: () => postJson<{ url: string }>(`${at}/sign-in-link`) });
  const isDisabled = person.disabledAt !== null;
  const same = name.trim() === person.name && role === person.role;
  return (
    <div className="grid gap-3">
      <form
        noValidate
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!change.isPending) change.mutate({ name, role });
        }}
      >
        <TextField label="Name" value={name} onValueChange={setName} />
        <SelectField label="Role" options={ROLE_OPTIONS} value={role} onValueChange={setRole} />
        <Button
          type="submit"
          variant="primary"
          busy={change.isPending}
          disabledReason={same || name.trim() === '' ? 'Change name or role first.' : null}
        >
          Save
        </Button>
      </form>
      <ProofOrError
        error={change.error ?? link.error}
        onProved={() => (change.isError ? change.mutate(change.variables) : link.mutate())}
      />
      <div className="grid gap-2 border-line border-t pt-3">
        {link.data ? (
          <SecretOnce
            label="Sign-in link"
            text={link.data.url}
            hint="It signs this person in once, within 24 hours, and lets them set a new password. They are told that you made it."
          />
        ) : (
          <Button
            icon="link"
            busy={link.isPending}
            disabledReason={
              isDisabled
                ? 'Let this person in again first.'
                : isOwn
                  ? 'You are signed in: set a password in your profile.'
                  : null
            }
            onClick={() => link.mutate()}
          >
            Make a sign-in link
          </Button>
        )}
        {isDisabled ? (
          <>
            <Button busy={change.isPending} onClick={() => change.mutate({ disabled: false })}>
              Let in again
            </Button>
            <ErasePerson
              person={person}
              onErased={() => {
                onChanged();
                onClose();
              }}
            />
          </>
        ) : (
          <>
            <EndSessions person={person} isOwn={isOwn} onEnded={onChanged} />
            <Button
              variant="danger"
              busy={change.isPending}
              onClick={() => change.mutate({ disabled: true })}
            >
              Disable {person.name}
            </Button>
            <p className="text-text-3 text-xs">
              All their sessions and tokens end at once, and so do invitations and sign-in links that they
              made. What they did stays under their name.
            </p>
          </>
        )}
      </div>
    </div>
  );
}
