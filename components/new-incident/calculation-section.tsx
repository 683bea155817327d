'use client';

import { useEffect, useRef } from 'react';
import { LibraryChoice } from '#components/calculations/library-choice';
import { Control } from '#components/new-incident/control';
import { editVersions, fieldId, versionOf, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { KeyExpressions } from '#components/new-incident/key-expressions';
import { Measures } from '#components/new-incident/measures';
import { Section } from '#components/new-incident/section';
import { guessKey, guessMeasures } from '#components/new-incident/suggest.ts';
import { Tolerances } from '#components/new-incident/tolerances';
import { useGlanceOfDraft } from '#components/new-incident/use-glance-of-draft.ts';
import { useTableOfDraft } from '#components/new-incident/use-live-stores.ts';
import { Versions } from '#components/new-incident/versions';
import { WhereField } from '#components/new-incident/where-field';
import { TextField } from '#components/ui/field';
import type { ArchiveGlance } from '#lib/archive/survey';
import type { LiveTable } from '#lib/patch/live-store';

/**
 * Proposes expressions once both sides are known, where none are written. What is removed later stays removed; what
 * was proposed and never touched follows when the row is said to hold something else.
 */
function useProposals(table: LiveTable | null, glance: ArchiveGlance | null): void {
  const { draft, edit } = useDraft();
  const { state } = draft.plan.live ?? {};
  const proposed = useRef<Proposal | null>(null);
  useEffect(() => {
    if (table === null || glance === null) return;
    const { current: last } = proposed;
    if (last !== null && last.table === table.name && last.state === state) return;
    edit((old) => {
      const { keys = [], bucket } = old.plan.live ?? {};
      const written = versionOf(old.plan).measures;
      const taken = bucket?.column === undefined ? keys : [...keys, bucket.column];
      const guess = guessMeasures(table, taken, glance, state);
      const isOwn = Object.keys(written).length > 0 && !isProposal(last, table, written);
      const measures = isOwn ? written : guess;
      proposed.current = { table: table.name, state, measures: guess };
      return editVersions(old, (own, index) => ({
        ...own,
        keys: Object.fromEntries(keys.map((key) => [key, own.keys[key] || guessKey(key, glance)])),
        measures: index === 0 ? measures : { ...measures, ...own.measures },
      }));
    });
  }, [table, glance, state, edit]);
}

type Proposal = {
  readonly table: string;
  readonly state: string | undefined;
  readonly measures: Readonly<Record<string, string>>;
};

const isProposal = (last: Proposal | null, table: LiveTable, written: Proposal['measures']): boolean =>
  last !== null && last.table === table.name && JSON.stringify(last.measures) === JSON.stringify(written);

/** Section 3: how a live row comes from its events. */
export function CalculationSection() {
  const { draft, edit, errorAt, touch } = useDraft();
  const glance = useGlanceOfDraft().data ?? null;
  const table = useTableOfDraft();
  const keys = draft.plan.live?.keys ?? [];
  const bucket = draft.plan.live?.bucket?.column;
  const taken = bucket === undefined ? keys : [...keys, bucket];
  useProposals(table, glance);

  return (
    <Section
      number={3}
      name="calculation"
      title="Calculation"
      lead="How the worker makes a live row from its events, as it should have been. Expressions are in DuckDB's SQL over the event's own columns."
    >
      <LibraryChoice />
      <div className="grid gap-x-4 gap-y-3.5 sm:grid-cols-2">
        <TextField
          id={fieldId('calculation.name')}
          label="Name"
          placeholder="user-totals"
          hint="How the report calls it."
          error={errorAt('calculation.name')}
          value={draft.plan.calculation?.name ?? ''}
          onBlur={() => touch('calculation.name')}
          onValueChange={(name) =>
            edit((old) => ({
              ...old,
              plan: { ...old.plan, calculation: withField(old.plan.calculation ?? {}, 'name', name) },
            }))
          }
        />
        <WhereField index={0} />
      </div>
      <KeyExpressions index={0} glance={glance} />
      <Measures index={0} table={table} taken={taken} glance={glance} />
      <Versions table={table} taken={taken} glance={glance} />
      <Tolerances table={table} />
      {draft.plan.live?.state === 'window' ? null : <Control />}
    </Section>
  );
}
