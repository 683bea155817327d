'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { LIVE_STORES_KEY, type LiveStoreRow } from '#components/new-incident/use-live-stores.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { TextField } from '#components/ui/field';

/** The key that sealed a saved password is gone: asks for the password again. */
export function LostPassword({ store }: { store: LiveStoreRow }) {
  const [password, setPassword] = useState('');
  const cache = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      postJson<LiveStoreRow>(`/api/v1/live-stores/${store.id}/password`, { password }, { method: 'PUT' }),
    onSuccess: () => cache.invalidateQueries({ queryKey: LIVE_STORES_KEY }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password !== '') save.mutate();
  };
  const error = save.error === null ? null : apiErrorOf(save.error);
  return (
    <form onSubmit={submit} noValidate aria-label={`Password of ${store.name}`} className="grid gap-3">
      <BoxedNotice tone="warn" role="status">
        The saved password cannot be opened: the key that sealed it is not there. Enter it again, or have the
        key file brought back.
      </BoxedNotice>
      <div className="flex flex-wrap items-end gap-2">
        <TextField
          label="Password"
          type="password"
          autoComplete="new-password"
          className="flex-1 basis-52"
          value={password}
          error={error === null ? undefined : `${error.message} ${error.fix}`}
          onValueChange={(value: string) => {
            save.reset();
            setPassword(value);
          }}
        />
        <Button type="submit" busy={save.isPending} busyLabel="Testing">
          Save password
        </Button>
      </div>
    </form>
  );
}
