'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { rowsWords } from '#components/patch/words.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Checkbox } from '#components/ui/choice';
import { TextField } from '#components/ui/field';
import { Mono } from '#components/ui/mono';
import { Notice } from '#components/ui/states';
import type { PatchView } from '#lib/patch/patch';

/** The last question before live rows are written. */
export function ApplyForm({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const cache = useQueryClient();
  const [known, setKnown] = useState(false);
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState(false);
  const apply = useMutation({
    mutationFn: () =>
      postJson<PatchView>(`${patchPath(patch.id)}/apply`, { seal: patch.seal, confirm: typed.trim() }),
    onSuccess: (view) => cache.setQueryData(patchKey(patch.id), view),
  });
  const matches = typed.trim() === patch.target;
  const rows = rowsWords(patch);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (known && matches) apply.mutate();
  };
  const error = apply.isError ? apiErrorOf(apply.error) : null;
  return (
    <Card labelledBy={titleId}>
      <CardHeader title="Apply" titleId={titleId} />
      <CardBody>
        <form onSubmit={submit} noValidate className="grid gap-3.5">
          <div className="grid gap-1">
            <Checkbox
              label={
                <>
                  I know that {rows} of <Mono>{patch.target}</Mono> will be written now, in one transaction.
                </>
              }
              checked={known}
              onCheckedChange={setKnown}
            />
            {asked && !known ? (
              <p role="alert" className="text-danger text-xs">
                Tick this to go on.
              </p>
            ) : null}
          </div>
          <TextField
            label={
              <>
                Type <Mono boxed>{patch.target}</Mono> to confirm
              </>
            }
            mono
            spellCheck={false}
            autoCapitalize="off"
            value={typed}
            onValueChange={setTyped}
            error={asked && !matches ? `That is not ${patch.target}.` : null}
          />
          <Button type="submit" variant="primary" busy={apply.isPending} busyLabel="Starting">
            Apply {rows}
          </Button>
          <p className="text-pretty text-text-3 text-xs">
            All or nothing. Every row must still hold the value that the preview saw; one that moved, and
            nothing is written. You can cancel until the commit.
          </p>
          {error ? (
            <div className="-mx-3.5 -mb-3">
              <Notice tone="danger" role="alert">
                {error.message} {error.fix} <code className="text-xs">{error.code}</code>
              </Notice>
            </div>
          ) : null}
        </form>
      </CardBody>
    </Card>
  );
}
