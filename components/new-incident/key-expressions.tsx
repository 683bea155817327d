'use client';

import { fieldId, versionOf } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { setKeyExpression } from '#components/new-incident/edit-versions.ts';
import { ExpressionField } from '#components/new-incident/expression-field';
import { guessKey } from '#components/new-incident/suggest.ts';
import { FieldError } from '#components/ui/field';
import { Mono } from '#components/ui/mono';
import type { ArchiveGlance } from '#lib/archive/survey';

/** What each key column is made of. */
export function KeyExpressions({ index, glance }: { index: number; glance: ArchiveGlance | null }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const path = `calculation.versions[${index}].keys`;
  const version = versionOf(draft.plan, index);
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
                path={`${path}.${key}`}
                label={`Expression for the key ${key}`}
                hideLabel
                error={errorAt(`${path}.${key}`)}
                placeholder="a column, or an expression"
                suggestions={[guessKey(key, glance)].filter((one) => one !== '')}
                value={version.keys[key] ?? ''}
                onBlur={() => touch(`${path}.${key}`)}
                onValueChange={(value) => edit((old) => setKeyExpression(old, index, key, value))}
              />
            </div>
          ))}
        </div>
      )}
      <FieldError id={`${fieldId(path)}-error`}>{keys.length === 0 ? errorAt(path) : null}</FieldError>
    </fieldset>
  );
}
