'use client';

import { type FormEvent, useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { Refusal } from '#components/calculations/refusal';
import { useChange } from '#components/calculations/use-calculations.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { Textarea, TextField } from '#components/ui/field';
import { countOf } from '#components/ui/format.ts';
import type { CalculationView } from '#lib/calculation/edition';

type Props = { view: CalculationView };

/** Its name, and the words that tell what it is for: what it calculates stays. */
export function RenameCalculation({ view }: Props) {
  const refusal = useMayNot('calculation.change', 'change it');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button disabledReason={refusal} onClick={() => setOpen(true)}>
        Rename
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={`Name and description of ${view.name}`}
        description="What it calculates stays, and so do the incidents that took it."
      >
        <RenameForm view={view} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function RenameForm({ view, onClose }: Props & { onClose: () => void }) {
  const [name, setName] = useState(view.name);
  const [description, setDescription] = useState(view.description);
  const [asked, setAsked] = useState(false);
  const save = useChange(view.id, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (name.trim() !== '') save.mutate({ path: '', method: 'PATCH', body: { name, description } });
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
      <Textarea label="Description" maxLength={2000} value={description} onValueChange={setDescription} />
      <Refusal error={save.error} />
      <div className="flex flex-wrap justify-end gap-2 *:max-md:flex-1">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending} busyLabel="Saving">
          Save
        </Button>
      </div>
    </form>
  );
}

/** Takes it out of use, or back: incidents that have it are not touched. */
export function RetireCalculation({ view }: Props) {
  const { name, retired, usedBy } = view;
  const refusal = useMayNot('calculation.retire', retired === null ? 'retire it' : 'take it back into use');
  const [open, setOpen] = useState(false);
  const change = useChange(view.id, () => setOpen(false));
  if (retired !== null)
    return (
      <>
        <Refusal error={change.error} />
        <Button
          busy={change.isPending}
          disabledReason={refusal}
          onClick={() => change.mutate({ path: '/retirement', method: 'DELETE' })}
        >
          Take back into use
        </Button>
      </>
    );
  return (
    <>
      <Button disabledReason={refusal} onClick={() => setOpen(true)}>
        Retire
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={`Retire ${name}?`}
        description={`No incident takes it any more.${usedBy.length === 0 ? '' : ` ${countOf(usedBy.length, 'incident that has it goes', 'incidents that have it go')} on with it.`} It can be taken back into use.`}
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Keep it</Button>
            <Button
              variant="primary"
              busy={change.isPending}
              onClick={() => change.mutate({ path: '/retirement' })}
            >
              Retire
            </Button>
          </>
        }
      >
        {change.error ? <Refusal error={change.error} /> : null}
      </Dialog>
    </>
  );
}
