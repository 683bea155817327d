'use client';

import { useState } from 'react';
import { editLive, fieldId, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { InstantField } from '#components/new-incident/instant-field';
import { maySayWhen } from '#components/new-incident/suggest.ts';
import { RadioGroup } from '#components/ui/choice';
import { Mono } from '#components/ui/mono';
import { SelectField } from '#components/ui/select-field';
import { parseInstant } from '#lib/base/instant';
import type { LiveTable } from '#lib/patch/live-store';

type Way = 'none' | 'instant' | 'column';

/** Up to which events the live rows go: later ones are waiting, not missing. */
export function CutFields({ table }: { table: LiveTable }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const { cut, keys = [] } = draft.plan.live ?? {};
  const columns = table.columns.filter(({ name }) => !keys.includes(name));
  const names = columns.map(({ name }) => name);
  const [chosen, setChosen] = useState<Way>(() => wayOf(cut, names));
  const way = cut === undefined ? chosen : wayOf(cut, names);
  const set = (value: string | null) => edit((old) => editLive(old, (own) => withField(own, 'cut', value)));
  const times = columns.filter((column) => maySayWhen(table, column));
  const shown = times.length > 0 ? times : columns;
  return (
    <>
      <RadioGroup
        legend="How far the live rows have come"
        options={[
          {
            value: 'none',
            label: 'To the end of the archive',
            hint: 'Right where the worker has seen everything that the archive holds.',
          },
          {
            value: 'instant',
            label: 'To an instant',
            hint: 'Right where the worker stands still, or the rows are a copy of that time. Later events are waiting, not differences.',
          },
          {
            value: 'column',
            label: 'To what each row says itself',
            hint: (
              <>
                A column of <Mono>{table.name}</Mono> holds the time of the last event in the row
                {times[0] === undefined ? (
                  ''
                ) : (
                  <>
                    , such as <Mono>{times[0].name}</Mono>
                  </>
                )}
                .
              </>
            ),
          },
        ]}
        value={way}
        onValueChange={(next) => {
          setChosen(next);
          set(null);
        }}
      />
      {way === 'instant' ? (
        <InstantField
          id={fieldId('live.cut')}
          label="The rows hold the events before"
          hint={`By the clock in which the window is told.${unsaid(cut)}`}
          error={errorAt('live.cut')}
          value={cut ?? ''}
          onBlur={() => touch('live.cut')}
          onValueChange={(at) => {
            setChosen('instant');
            set(at);
          }}
        />
      ) : way === 'column' ? (
        <SelectField
          id={fieldId('live.cut')}
          label="Column with the time of the last event"
          mono
          hint={unsaid(cut)}
          error={errorAt('live.cut')}
          options={shown.map(({ name, sqlType }) => ({
            value: name,
            label: name,
            ...(table.identity.kind === 'file' ? {} : { detail: sqlType }),
          }))}
          value={shown.some(({ name }) => name === cut) ? (cut ?? null) : null}
          placeholder="Choose a column"
          onValueChange={set}
        />
      ) : null}
    </>
  );
}

/** What holds until the choice is finished. */
const unsaid = (cut: string | undefined): string =>
  cut === undefined ? ' Until it is filled in, the rows count as complete.' : '';

/** A name of the table's is a column; everything else is meant as an instant. */
function wayOf(cut: string | undefined, columns: readonly string[]): Way {
  if (cut === undefined) return 'none';
  return parseInstant(cut) === null && columns.includes(cut) ? 'column' : 'instant';
}
