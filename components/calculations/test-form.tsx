'use client';

import { type FormEvent, useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { Refusal } from '#components/calculations/refusal';
import { useChange, useControlOf, useIncidentChoice } from '#components/calculations/use-calculations.ts';
import { InstantField, withOffset } from '#components/new-incident/instant-field';
import { Button } from '#components/ui/button';
import { SelectField } from '#components/ui/select-field';
import { parseInstant } from '#lib/base/instant';
import type { EditionView } from '#lib/calculation/edition';

/** Chooses a healthy stretch of an incident's archive and live table, and holds an edition against it. */
export function TestForm({ id, edition }: { id: string; edition: EditionView }) {
  const refusal = useMayNot('calculation.change', 'test it');
  const incidents = useIncidentChoice();
  const [chosen, setChosen] = useState<string | null>(
    edition.savedFrom === null ? null : `INC-${edition.savedFrom}`,
  );
  const [typed, setTyped] = useState<{ readonly from?: string; readonly to?: string }>({});
  const [asked, setAsked] = useState(false);
  const control = useControlOf(chosen).data ?? null;
  const start = useChange(id);
  const from = withOffset(typed.from ?? control?.from ?? '');
  const to = withOffset(typed.to ?? control?.to ?? '');
  const wrong = (text: string): string | null =>
    asked && parseInstant(text) === null ? 'Write a time, such as 2024-06-10T12:00:00Z.' : null;
  const isUnderWay = edition.tests.some(({ state }) => state === 'queued' || state === 'running');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (chosen === null || parseInstant(from) === null || parseInstant(to) === null) return;
    start.mutate({ path: '/tests', body: { editionId: edition.id, incident: chosen, from, to } });
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <SelectField
        label="Archive and live table of"
        hint="Nothing is written there; its rows are read and compared."
        placeholder="Choose an incident"
        error={asked && chosen === null ? 'Choose an incident.' : null}
        options={(incidents.data?.rows ?? []).map(({ number, title }) => ({
          value: `INC-${number}`,
          label: `INC-${number} ${title}`,
        }))}
        value={chosen}
        onValueChange={(next) => {
          setChosen(next);
          setTyped({});
        }}
      />
      <div className="grid gap-3 sm:grid-cols-2">
        <InstantField
          label="Healthy from"
          hint="A stretch in which the live rows are known to be right."
          error={wrong(from)}
          value={typed.from ?? control?.from ?? ''}
          onValueChange={(next) => setTyped((old) => ({ ...old, from: next }))}
        />
        <InstantField
          label="Up to and without"
          error={wrong(to)}
          value={typed.to ?? control?.to ?? ''}
          onValueChange={(next) => setTyped((old) => ({ ...old, to: next }))}
        />
      </div>
      <Refusal error={start.error} />
      <Button
        type="submit"
        icon="play"
        className="justify-self-start"
        busy={start.isPending}
        busyLabel="Starting"
        disabledReason={refusal ?? (isUnderWay ? 'A test run is under way.' : null)}
      >
        Test on this stretch
      </Button>
    </form>
  );
}
