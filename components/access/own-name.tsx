'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { TextField } from '#components/ui/field';
import type { MeView } from '#lib/incident/people';

/** The own name, which stands in reports and ledgers. */
export function OwnName({ me, onSaved }: { me: MeView; onSaved: () => void }) {
  const [name, setName] = useState(me.name);
  const router = useRouter();
  const rename = useMutation({
    mutationFn: () => postJson('/api/v1/me', { name }, { method: 'PATCH' }),
    onSuccess: () => {
      onSaved();
      router.refresh(); // the name at the foot of the navigation
    },
  });
  const same = name.trim() === me.name || name.trim() === '';
  return (
    <Card labelledBy="who">
      <CardHeader titleId="who" title="Name" meta={me.role} />
      <CardBody>
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (!same && !rename.isPending) rename.mutate();
          }}
        >
          <TextField
            label="Your name"
            autoComplete="name"
            value={name}
            onValueChange={setName}
            hint="Others see it beside what you propose and approve, also in reports and in ledgers."
          />
          <ErrorLine error={rename.error} />
          <Button
            type="submit"
            className="justify-self-start"
            busy={rename.isPending}
            disabledReason={same ? 'Change the name first.' : null}
          >
            Save name
          </Button>
        </form>
      </CardBody>
    </Card>
  );
}
