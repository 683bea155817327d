'use client';

import type { ReactNode } from 'react';
import { useDraft } from '#components/new-incident/draft-context';
import { RadioGroup } from '#components/ui/choice';
import { Mono } from '#components/ui/mono';
import type { DraftPlan } from '#lib/incident/incident';
import type { LiveTable } from '#lib/patch/live-store';
import type { State } from '#lib/plan/plan';

/** The states, each said with the table's own columns. */
const STATES: readonly {
  value: State;
  label: string;
  says: (table: LiveTable, live: NonNullable<DraftPlan['live']>) => ReactNode;
}[] = [
  {
    value: 'bucketed',
    label: 'The result of a stretch of time',
    says: (table, live) => (
      <>
        A row of <Mono>{table.name}</Mono> holds everything of one{' '}
        {live.bucket?.column ? <Mono>{live.bucket.column}</Mono> : 'hour or day'} for one{' '}
        <KeyWords live={live} />. Each one that the window touches is counted anew as a whole.
      </>
    ),
  },
  {
    value: 'window',
    label: 'The result of exactly the window',
    says: (table, live) => (
      <>
        A row of <Mono>{table.name}</Mono> holds the result over the window and nothing else, for one{' '}
        <KeyWords live={live} />. Right for the table of a single batch.
      </>
    ),
  },
  {
    value: 'running',
    label: 'A running total',
    says: (table, live) => (
      <>
        A row of <Mono>{table.name}</Mono> holds everything since the beginning for one{' '}
        <KeyWords live={live} />, and grows with each event.
      </>
    ),
  },
  {
    value: 'latest',
    label: 'The newest event',
    says: (table, live) => (
      <>
        A row of <Mono>{table.name}</Mono> holds the fields of the last event of one <KeyWords live={live} />,
        such as a profile or a status.
      </>
    ),
  },
];

function KeyWords({ live }: { live: NonNullable<DraftPlan['live']> }) {
  const keys = live.keys ?? [];
  return keys.length === 0 ? 'key' : <Mono>{keys.join(', ')}</Mono>;
}

export function StateChoice({ table, onChange }: { table: LiveTable; onChange: (state: State) => void }) {
  const { draft, errorAt } = useDraft();
  const live = draft.plan.live ?? {};
  return (
    <RadioGroup
      legend="What a row holds"
      error={errorAt('live.state')}
      options={STATES.map(({ value, label, says }) => ({ value, label, hint: says(table, live) }))}
      value={STATES.find((one) => one.value === live.state)?.value ?? null}
      onValueChange={onChange}
    />
  );
}
