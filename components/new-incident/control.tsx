'use client';

import { type Draft, fieldId, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { InstantField } from '#components/new-incident/instant-field';
import { MoreOptions } from '#components/new-incident/more-options';
import { FieldError } from '#components/ui/field';

const FIELDS = [
  { key: 'from', label: 'From', hint: 'Included.' },
  { key: 'to', label: 'To', hint: 'Not included.' },
] as const;

/** A stretch that went well: the calculation must come to what the live rows hold there. */
export function Control() {
  const { draft, errorAt, touch, edit } = useDraft();
  const { control = {} } = draft.plan;
  return (
    <MoreOptions
      title={
        draft.plan.control === undefined
          ? 'Test the calculation on a healthy stretch'
          : 'Test the calculation on a healthy stretch: chosen'
      }
    >
      <p className="max-w-[76ch] text-pretty text-text-2">
        Optional. Choose a time in which the worker did well: the rows of it are recalculated too, and if one
        of them comes out different, the calculation is not the worker's, and the patch is blocked.
      </p>
      <div id={fieldId('control')} tabIndex={-1} className="grid gap-x-4 gap-y-3.5 sm:grid-cols-2">
        {FIELDS.map(({ key, label, hint }) => (
          <InstantField
            key={key}
            id={fieldId(`control.${key}`)}
            label={label}
            hint={hint}
            error={errorAt(`control.${key}`)}
            value={control[key] ?? ''}
            onBlur={() => touch(`control.${key}`)}
            onValueChange={(value) => edit((old) => setControl(old, key, value))}
          />
        ))}
      </div>
      <FieldError id={`${fieldId('control')}-error`}>
        {control.from === undefined || control.to === undefined ? null : errorAt('control')}
      </FieldError>
    </MoreOptions>
  );
}

/** Emptied on both sides there is no healthy stretch. */
function setControl(draft: Draft, key: 'from' | 'to', value: string): Draft {
  const control = withField(draft.plan.control ?? {}, key, value);
  const empty = control.from === undefined && control.to === undefined;
  return { ...draft, plan: withField(draft.plan, 'control', empty ? null : control) };
}
