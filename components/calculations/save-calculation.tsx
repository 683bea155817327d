'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { Refusal } from '#components/calculations/refusal';
import { calculationPath, useCalculations } from '#components/calculations/use-calculations.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { Textarea, TextField } from '#components/ui/field';
import type { CalculationView } from '#lib/calculation/edition';

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

/** Saves the calculation of this incident into the library: a new one, or a draft of one that is there. */
export function SaveCalculation({ open, onOpenChange }: Props) {
  const { view, flush } = useDraft();
  const refusal = useMayNot('calculation.change', 'save it');
  const isBegun = view?.plan.calculation?.versions !== undefined;
  return (
    <>
      <Button
        disabledReason={refusal ?? (isBegun ? null : 'Write the calculation first.')}
        onClick={() => void flush().then((saved) => saved !== null && onOpenChange(true))}
      >
        Save as calculation
      </Button>
      <Dialog
        open={open}
        onOpenChange={onOpenChange}
        title="Save as calculation"
        description="It becomes a draft in the library. There it is tested on a healthy stretch and published; this incident stays as it is."
      >
        <SaveForm onClose={() => onOpenChange(false)} />
      </Dialog>
    </>
  );
}

function SaveForm({ onClose }: { onClose: () => void }) {
  const { view } = useDraft();
  const cache = useQueryClient();
  const router = useRouter();
  const library = useCalculations();
  const [name, setName] = useState(view?.plan.calculation?.name ?? '');
  const [description, setDescription] = useState('');
  const [asked, setAsked] = useState(false);
  const incident = `INC-${view?.number}`;
  const known = library.data?.rows.find((row) => row.name === name.trim());
  const save = useMutation({
    mutationFn: () =>
      known === undefined
        ? postJson<CalculationView>('/api/v1/calculations', { name, description, incident })
        : postJson<CalculationView>(`${calculationPath(known.id)}/draft`, { incident }),
    onSuccess: ({ id }) => {
      void cache.invalidateQueries({ queryKey: ['calculations'] });
      onClose();
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
        hint={
          known === undefined
            ? 'A new calculation of the library.'
            : known.isRetired
              ? 'There is one of this name, and it is retired: take it back into use first, or choose another name.'
              : known.hasDraft
                ? 'There is one of this name, and it has a draft: publish or discard that first, or choose another name.'
                : 'There is one of this name: this becomes the draft of its next edition.'
        }
        value={name}
        onValueChange={setName}
      />
      {known === undefined ? (
        <Textarea
          label="Description"
          hint="What it calculates, and for whom. It can be changed later."
          maxLength={2000}
          value={description}
          onValueChange={setDescription}
        />
      ) : null}
      {save.error === null ? null : <Refusal error={apiErrorOf(save.error)} />}
      <div className="flex flex-wrap justify-end gap-2 *:max-md:flex-1">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending || save.isSuccess} busyLabel="Saving">
          Save into the library
        </Button>
      </div>
    </form>
  );
}
