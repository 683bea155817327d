'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Refusal } from '#components/calculations/refusal';
import { Button } from '#components/ui/button';
import { Textarea, TextField } from '#components/ui/field';
import type { CalculationView } from '#lib/calculation/edition';

export type Named = { readonly name: string; readonly description: string };

type CalculationFormProps = {
  /** The name it begins with. */
  name?: string | undefined;
  /** What becomes of a name; of one that the library has already, no description is asked for. */
  about?: ((name: string) => { hint: ReactNode; isNew: boolean }) | undefined;
  /** What else is filled in. */
  children?: ReactNode;
  /** On the button: `Save as a draft`. */
  words: string;
  save: (named: Named) => Promise<CalculationView>;
  onClose: () => void;
};

/** Name and description of what goes into the library as a draft, and the way to it when it is there. */
export function CalculationForm({
  name: first = '',
  about,
  children,
  words,
  save,
  onClose,
}: CalculationFormProps) {
  const cache = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState(first);
  const [description, setDescription] = useState('');
  const [asked, setAsked] = useState(false);
  const { hint, isNew } = about?.(name.trim()) ?? { hint: undefined, isNew: true };
  const saving = useMutation({
    mutationFn: () => save({ name, description }),
    onSuccess: ({ id }) => {
      void cache.invalidateQueries({ queryKey: ['calculations'] });
      onClose();
      router.push(`/calculations/${id}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (name.trim() !== '' && !saving.isPending && !saving.isSuccess) saving.mutate();
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <TextField
        label="Name"
        maxLength={100}
        error={asked && name.trim() === '' ? 'Give it a name.' : null}
        hint={hint}
        required
        value={name}
        onValueChange={setName}
      />
      {isNew ? (
        <Textarea
          label="Description"
          hint="What it calculates, and for whom. It can be changed later."
          maxLength={2000}
          rows={2}
          value={description}
          onValueChange={setDescription}
        />
      ) : null}
      {children}
      <Refusal error={saving.error} />
      <div className="flex flex-wrap justify-end gap-2 *:max-md:flex-1">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          busy={saving.isPending || saving.isSuccess}
          busyLabel="Saving"
        >
          {words}
        </Button>
      </div>
    </form>
  );
}
