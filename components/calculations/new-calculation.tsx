'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { Refusal } from '#components/calculations/refusal';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { Textarea, TextField } from '#components/ui/field';
import type { CalculationView } from '#lib/calculation/edition';

/** The smallest one that can be saved: to be written over. */
const FIRST_TEXT = `versions:
  - version: 1
    # where: type <> 'test'
    keys:
      user_id: user_id
    measures:
      total: sum(value)
      events: count(*)
`;

/** Begins a calculation of the library by itself, without an incident. */
export function NewCalculation({ variant }: { variant?: 'primary' }) {
  const refusal = useMayNot('calculation.change', 'begin a calculation');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        icon="plus"
        {...(variant === undefined ? {} : { variant })}
        disabledReason={refusal}
        onClick={() => setOpen(true)}
      >
        New calculation
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        size="md"
        title="New calculation"
        description="It becomes a draft, to be tested on a healthy stretch of an incident’s events and then published."
      >
        <NewForm onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function NewForm({ onClose }: { onClose: () => void }) {
  const cache = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [text, setText] = useState(FIRST_TEXT);
  const [asked, setAsked] = useState(false);
  const save = useMutation({
    mutationFn: () => postJson<CalculationView>('/api/v1/calculations', { name, description, text }),
    onSuccess: ({ id }) => {
      void cache.invalidateQueries({ queryKey: ['calculations'] });
      router.push(`/calculations/${id}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (name.trim() !== '') save.mutate();
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <TextField
        label="Name"
        maxLength={100}
        error={asked && name.trim() === '' ? 'Give it a name.' : null}
        value={name}
        onValueChange={setName}
      />
      <Textarea
        label="Description"
        hint="What it calculates, and for whom. It can be changed later."
        maxLength={2000}
        rows={2}
        value={description}
        onValueChange={setDescription}
      />
      <Textarea
        label="Calculation"
        hint="As a plan writes it, in YAML: versions with their keys and measures. Every expression is checked when it is saved."
        mono
        rows={10}
        spellCheck={false}
        autoCapitalize="off"
        value={text}
        onValueChange={setText}
      />
      <Refusal error={save.error} />
      <div className="flex flex-wrap justify-end gap-2 *:max-md:flex-1">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending || save.isSuccess} busyLabel="Saving">
          Save as a draft
        </Button>
      </div>
    </form>
  );
}
