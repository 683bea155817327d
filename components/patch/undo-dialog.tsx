'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { PatchError } from '#components/patch/patch-error';
import { type Outlook, UndoOutlook } from '#components/patch/undo-outlook';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { rowsWords } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { RadioGroup } from '#components/ui/choice';
import { Dialog } from '#components/ui/dialog';
import { Textarea } from '#components/ui/field';
import { countOf } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Notice } from '#components/ui/states';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView, UndoChoice } from '#lib/patch/patch';

/** Asks the live store what an undo would meet, and makes it: a patch of its own, to be reviewed like any other. */
export function UndoPatch({ patch }: { patch: PatchView }) {
  const [open, setOpen] = useState(false);
  const refusal = useMayNot('patch.propose', 'undo it');
  return (
    <>
      <Button size="sm" icon="undo" disabledReason={refusal} onClick={() => setOpen(true)}>
        Undo this patch
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        size="lg"
        title={`Undo patch ${patch.number}`}
        description="Makes a patch that puts the rows back as they were. It is reviewed and approved like any other; nothing is written yet."
      >
        {open ? <Ask patch={patch} onClose={() => setOpen(false)} /> : null}
      </Dialog>
    </>
  );
}

function Ask({ patch, onClose }: { patch: PatchView; onClose: () => void }) {
  const outlook = useQuery({
    queryKey: [...patchKey(patch.id), 'undo', 'outlook'],
    queryFn: ({ signal }) => postJson<Outlook>(`${patchPath(patch.id)}/undo/outlook`, {}, { signal }),
    retry: false,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const again = (
    <Button size="sm" icon="again" busy={outlook.isFetching} onClick={() => void outlook.refetch()}>
      Look again
    </Button>
  );
  if (outlook.isError) {
    return (
      <div className="-mx-4">
        <PatchError error={outlook.error} actions={again} />
      </div>
    );
  }
  if (outlook.data === undefined) {
    return <SkeletonRows rows={3} label={`Comparing ${rowsWords(patch)} with the live store`} />;
  }
  return <UndoForm patch={patch} outlook={outlook.data} onClose={onClose} />;
}

type FormProps = { patch: PatchView; outlook: Outlook; onClose: () => void };

function UndoForm({ patch, outlook, onClose }: FormProps) {
  const router = useRouter();
  const { reference } = useIncident();
  const moved = outlook.rows - outlook.unmoved;
  const [choice, setChoice] = useState<UndoChoice>(moved === 0 ? 'all' : 'unmoved');
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const make = useMutation({
    mutationFn: () => postJson<PatchView>(`${patchPath(patch.id)}/undo`, { choice, reason: reason.trim() }),
    onSuccess: ({ id }) => router.push(`/incidents/${reference}/review?patch=${id}`),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (reason.trim() !== '') make.mutate();
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <UndoOutlook outlook={outlook} />
      {outlook.unmoved === 0 ? (
        <Notice tone="warn" role="status">
          No row still holds what the patch wrote, so there is nothing to put back. Preview again and correct
          what is wrong.
        </Notice>
      ) : (
        <>
          {moved === 0 ? null : <Choice outlook={outlook} value={choice} onChoose={setChoice} />}
          <Textarea
            label="Reason"
            hint="Why it is put back. The review and the report tell it."
            error={asked && reason.trim() === '' ? 'Say why it is put back.' : null}
            required
            maxLength={2000}
            value={reason}
            onValueChange={setReason}
          />
        </>
      )}
      {make.isError ? (
        <div className="-mx-4">
          <PatchError error={make.error} />
        </div>
      ) : null}
      <div className="flex flex-wrap justify-end gap-2 *:max-md:flex-1">
        <Button onClick={onClose}>Close</Button>
        {outlook.unmoved === 0 ? null : (
          <Button type="submit" variant="primary" busy={make.isPending || make.isSuccess} busyLabel="Sealing">
            Review putting back {countOf(choice === 'all' ? outlook.rows : outlook.unmoved, 'row', 'rows')}
          </Button>
        )}
      </div>
    </form>
  );
}

type ChoiceProps = { outlook: Outlook; value: UndoChoice; onChoose: (choice: UndoChoice) => void };

function Choice({ outlook: { rows, unmoved }, value, onChoose }: ChoiceProps) {
  const moved = countOf(rows - unmoved, 'row', 'rows');
  return (
    <RadioGroup<UndoChoice>
      legend="What is put back"
      value={value}
      onValueChange={onChoose}
      options={[
        {
          value: 'unmoved',
          label: `Only the ${countOf(unmoved, 'row that has', 'rows that have')} not moved`,
          hint: `${moved} that moved ${rows - unmoved === 1 ? 'stays' : 'stay'} as now: what others wrote is kept.`,
        },
        {
          value: 'all',
          label: `All ${countOf(rows, 'row', 'rows')}`,
          hint: `Refused as a whole while ${moved} ${rows - unmoved === 1 ? 'has' : 'have'} moved: it would lose what others wrote.`,
          disabled: true,
        },
      ]}
    />
  );
}
