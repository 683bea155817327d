'use client';

import { fieldId, versionOf } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { setMeasure } from '#components/new-incident/edit-versions.ts';
import { ExpressionField } from '#components/new-incident/expression-field';
import { suggestLatest, suggestMeasures } from '#components/new-incident/suggest.ts';
import { Button, IconButton } from '#components/ui/button';
import { FieldError } from '#components/ui/field';
import { Mono } from '#components/ui/mono';
import { SelectField } from '#components/ui/select-field';
import type { ArchiveGlance } from '#lib/archive/survey';
import type { LiveTable } from '#lib/patch/live-store';

type MeasuresProps = {
  /** Of the version. The columns are chosen in the first; later ones have expressions of their own. */
  index: number;
  table: LiveTable | null;
  /** Columns that are key or bucket. */
  taken: readonly string[];
  glance: ArchiveGlance | null;
};

/** The live columns that are recalculated, each with its aggregate. Columns that are not named are left alone. */
export function Measures({ index, table, taken, glance }: MeasuresProps) {
  const { draft, edit, errorAt } = useDraft();
  const path = `calculation.versions[${index}].measures`;
  const { measures } = versionOf(draft.plan, index);
  const names = Object.keys(measures);
  const free = (table?.columns ?? []).filter(
    (column) => !taken.includes(column.name) && !names.includes(column.name),
  );
  const put = (name: string, next: readonly [string, string] | null) =>
    edit((old) => setMeasure(old, index, name, next));
  const add = () => {
    const [column] = free;
    if (column !== undefined && table !== null)
      put(column.name, [column.name, suggestMeasures(table, column, glance)[0] ?? '']);
  };
  return (
    <fieldset className="min-w-0" id={fieldId(path)} tabIndex={-1}>
      <legend className="mb-1 font-medium">Measures</legend>
      <p className="mb-2.5 text-text-3 text-xs">
        {index > 0
          ? 'The same columns, functions and arithmetic in every version; arguments and filters may differ. '
          : ''}
        {draft.plan.live?.state === 'latest'
          ? 'Each is the last(…) of a column or an expression.'
          : 'sum, count, min, max, avg, count(distinct x), first, last, with arithmetic over them.'}
        {names.length > 0 && free.length > 0
          ? ` Left alone: ${free.map((column) => column.name).join(', ')}.`
          : ''}
      </p>
      {table === null && names.length === 0 ? (
        <p className="text-text-3">Choose the live table first.</p>
      ) : (
        <div className="grid gap-3">
          {names.map((name) => (
            <MeasureRow
              key={name}
              path={path}
              fixed={index > 0}
              name={name}
              expression={measures[name] ?? ''}
              table={table}
              choices={(table?.columns ?? []).filter(
                (column) => column.name === name || free.some((one) => one.name === column.name),
              )}
              glance={glance}
              onChange={(next) => put(name, next)}
            />
          ))}
          {index === 0 && free.length > 0 ? (
            <Button size="sm" icon="plus" className="justify-self-start" onClick={add}>
              Add a column
            </Button>
          ) : null}
        </div>
      )}
      <FieldError id={`${fieldId(path)}-error`}>{names.length === 0 ? errorAt(path) : null}</FieldError>
    </fieldset>
  );
}

type MeasureRowProps = {
  path: string;
  /** The column is chosen elsewhere. */
  fixed: boolean;
  name: string;
  expression: string;
  table: LiveTable | null;
  choices: LiveTable['columns'];
  glance: ArchiveGlance | null;
  onChange: (next: readonly [string, string] | null) => void;
};

function MeasureRow({ path, fixed, name, expression, table, choices, glance, onChange }: MeasureRowProps) {
  const { draft, errorAt, touch } = useDraft();
  const latest = draft.plan.live?.state === 'latest';
  const own = `${path}.${name}`;
  const column = choices.find((one) => one.name === name);
  return (
    <div className="grid items-start gap-x-3 gap-y-1.5 sm:grid-cols-[12rem_minmax(0,1fr)]">
      {fixed ? (
        <span className="truncate pt-1.5 text-text-2 max-sm:pt-0" title={name}>
          <Mono>{name}</Mono> is
        </span>
      ) : (
        <SelectField
          label="Live column"
          hideLabel
          mono
          options={[
            ...choices.map((one) => ({ value: one.name, label: one.name, detail: one.sqlType })),
            ...(column === undefined ? [{ value: name, label: name, detail: 'not in this table' }] : []),
          ]}
          value={name}
          onValueChange={(next) => onChange([next, expression])}
        />
      )}
      <div className="flex items-start gap-1.5">
        <div className="min-w-0 flex-1">
          <ExpressionField
            path={own}
            label={`Expression for ${name}`}
            hideLabel
            error={errorAt(own)}
            placeholder="sum(x)"
            suggestions={
              column === undefined || table === null
                ? []
                : latest
                  ? suggestLatest(column, glance)
                  : suggestMeasures(table, column, glance)
            }
            value={expression}
            onBlur={() => touch(own)}
            onValueChange={(value) => onChange([name, value])}
          />
        </div>
        {fixed ? null : (
          <IconButton icon="trash" label={`Leave ${name} alone`} onClick={() => onChange(null)} />
        )}
      </div>
    </div>
  );
}
