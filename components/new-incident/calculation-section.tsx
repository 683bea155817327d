'use client';

import { useEffect, useRef } from 'react';
import { editVersion, fieldId, versionOf, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { ExpressionField } from '#components/new-incident/expression-field';
import { Measures } from '#components/new-incident/measures';
import { Section } from '#components/new-incident/section';
import { guessKey, guessMeasures } from '#components/new-incident/suggest.ts';
import { useGlanceOfDraft } from '#components/new-incident/use-glance-of-draft.ts';
import { useTableOfDraft } from '#components/new-incident/use-live-stores.ts';
import { FieldError, TextField } from '#components/ui/field';
import { Mono } from '#components/ui/mono';
import type { ArchiveGlance } from '#lib/archive/survey';
import type { LiveTable } from '#lib/patch/live-store';

/** Proposes expressions once both sides are known, where none are written. What is removed later stays removed. */
function useProposals(table: LiveTable | null, glance: ArchiveGlance | null): void {
  const { edit } = useDraft();
  const proposedFor = useRef<string | null>(null);
  useEffect(() => {
    if (table === null || glance === null || proposedFor.current === table.name) return;
    proposedFor.current = table.name;
    edit((old) => {
      const { keys = [], bucket } = old.plan.live ?? {};
      const { keys: written, measures } = versionOf(old.plan);
      const taken = bucket?.column === undefined ? keys : [...keys, bucket.column];
      const proposed = Object.keys(measures).length > 0 ? measures : guessMeasures(table, taken, glance);
      const filled = Object.fromEntries(keys.map((key) => [key, written[key] || guessKey(key, glance)]));
      return editVersion(old, (own) => ({ ...own, keys: filled, measures: proposed }));
    });
  }, [table, glance, edit]);
}

const VERSION = 'calculation.versions[0]';

/** Section 3: how a live row comes from its events. */
export function CalculationSection() {
  const { draft, edit, errorAt, touch } = useDraft();
  const glance = useGlanceOfDraft().data ?? null;
  const table = useTableOfDraft();
  const version = versionOf(draft.plan);
  const keys = draft.plan.live?.keys ?? [];
  const bucket = draft.plan.live?.bucket?.column;
  useProposals(table, glance);

  return (
    <Section
      number={3}
      name="calculation"
      title="Calculation"
      lead="How the worker makes a live row from its events, as it should have been. Expressions are in DuckDB's SQL over the event's own columns."
    >
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
        <ExpressionField
          path={`${VERSION}.where`}
          label="Only events where"
          placeholder="type <> 'test'"
          hint="Optional. Only what is TRUE is counted."
          error={errorAt(`${VERSION}.where`)}
          value={version.where ?? ''}
          onBlur={() => touch(`${VERSION}.where`)}
          onValueChange={(where) => edit((old) => editVersion(old, (own) => withField(own, 'where', where)))}
        />
      </div>
      <KeyExpressions glance={glance} />
      <Measures
        path={`${VERSION}.measures`}
        table={table}
        taken={bucket === undefined ? keys : [...keys, bucket]}
        glance={glance}
      />
    </Section>
  );
}

/** What each key column is made of. */
function KeyExpressions({ glance }: { glance: ArchiveGlance | null }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const version = versionOf(draft.plan);
  const keys = draft.plan.live?.keys ?? [];
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium">Keys</legend>
      {keys.length === 0 ? (
        <p className="text-text-3">Choose the key columns of the live table first.</p>
      ) : (
        <div className="grid gap-3">
          {keys.map((key) => (
            <div key={key} className="grid items-start gap-x-3 gap-y-1 sm:grid-cols-[12rem_minmax(0,1fr)]">
              <span className="truncate pt-1.5 text-text-2 max-sm:pt-0" title={key}>
                <Mono>{key}</Mono> is
              </span>
              <ExpressionField
                path={`${VERSION}.keys.${key}`}
                label={`Expression for the key ${key}`}
                hideLabel
                error={errorAt(`${VERSION}.keys.${key}`)}
                placeholder="a column, or an expression"
                suggestions={[guessKey(key, glance)].filter((one) => one !== '')}
                value={version.keys[key] ?? ''}
                onBlur={() => touch(`${VERSION}.keys.${key}`)}
                onValueChange={(value) =>
                  edit((old) => editVersion(old, (own) => ({ ...own, keys: { ...own.keys, [key]: value } })))
                }
              />
            </div>
          ))}
        </div>
      )}
      <FieldError id={`${fieldId(`${VERSION}.keys`)}-error`}>
        {keys.length === 0 ? errorAt(`${VERSION}.keys`) : null}
      </FieldError>
    </fieldset>
  );
}
