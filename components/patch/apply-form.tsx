'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { needsProof, ProveForm } from '#components/access/prove-form';
import { useMayNot } from '#components/access/use-me.ts';
import { guardWords } from '#components/patch/guard-words.ts';
import { PatchError } from '#components/patch/patch-error';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { rowsOf, rowsWords } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Checkbox } from '#components/ui/choice';
import { TextField } from '#components/ui/field';
import { Mono } from '#components/ui/mono';
import type { PatchView } from '#lib/patch/patch';
import { LARGE_PATCH_ROWS } from '#lib/patch/rehearsal';

/** The last question before live rows are written. */
export function ApplyForm({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const cache = useQueryClient();
  const [known, setKnown] = useState(false);
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState(false);
  const refusal = useMayNot('patch.apply', 'apply it');
  const apply = useMutation({
    mutationFn: () =>
      postJson<PatchView>(`${patchPath(patch.id)}/apply`, {
        seal: patch.seal,
        confirm: typed.trim(),
        rows: rowsOf(patch),
      }),
    onSuccess: (view) => cache.setQueryData(patchKey(patch.id), view),
  });
  const matches = typed.trim() === patch.target;
  const rows = rowsWords(patch);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (known && matches && refusal === null) apply.mutate();
  };
  const { undoes } = patch;
  return (
    <Card labelledBy={titleId}>
      <CardHeader title={undoes === null ? 'Apply' : 'Apply the undo'} titleId={titleId} />
      <CardBody>
        <form onSubmit={submit} noValidate className="grid gap-3.5">
          <div className="grid gap-1">
            <Checkbox
              label={
                <>
                  I know that {rows} of <Mono>{patch.target}</Mono> will be{' '}
                  {undoes === null ? 'written' : `put back as before patch ${undoes.number}`} now, in one
                  transaction.
                  {rowsOf(patch) > LARGE_PATCH_ROWS
                    ? ' That is a large patch: nobody else can write these rows until it ends.'
                    : null}
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
          <Button
            type="submit"
            variant="primary"
            busy={apply.isPending}
            busyLabel="Starting"
            disabledReason={refusal}
          >
            {undoes === null ? 'Apply' : 'Put back'} {rows}
          </Button>
          <p className="text-pretty text-text-3 text-xs">
            All or nothing. {guardWords(patch)} You can cancel until the commit.
          </p>
          {needsProof(apply.error) ? <ProveForm onProved={() => apply.mutate()} /> : null}
          {apply.isError && !needsProof(apply.error) ? (
            <div className="-mx-3.5 -mb-3">
              <PatchError error={apply.error} />
            </div>
          ) : null}
        </form>
      </CardBody>
    </Card>
  );
}
