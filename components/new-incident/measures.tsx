'use client';

import { editVersion, fieldId, setEntry, versionOf } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { ExpressionField } from '#components/new-incident/expression-field';
import { suggestMeasures } from '#components/new-incident/suggest.ts';
import { Button, IconButton } from '#components/ui/button';
import { FieldError } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';
import type { ArchiveGlance } from '#lib/archive/survey';
import type { LiveTable } from '#lib/patch/live-store';

type MeasuresProps = {
  path: string;
  table: LiveTable | null;
  /** Columns that are key or bucket. */
  taken: readonly string[];
  glance: ArchiveGlance | null;
};

/** The live columns that are recalculated, each with its aggregate. Columns that are not named are left alone. */
export function Measures({ path, table, taken, glance }: MeasuresProps) {
  const { draft, edit, errorAt } = useDraft();
  const { measures } = versionOf(draft.plan);
  const names = Object.keys(measures);
  const free = (table?.columns ?? []).filter(
    (column) => !taken.includes(column.name) && !names.includes(column.name),
  );
  const put = (name: string, next: readonly [string, string] | null) =>
    edit((old) => editVersion(old, (own) => ({ ...own, measures: setEntry(own.measures, name, next) })));
  const add = () => {
    const [column] = free;
    if (column !== undefined && table !== null)
      put(column.name, [column.name, suggestMeasures(table, column, glance)[0] ?? '']);
  };
  return (
    <fieldset className="min-w-0" id={fieldId(path)} tabIndex={-1}>
      <legend className="mb-1 font-medium">Measures</legend>
      <p className="mb-2.5 text-text-3 text-xs">
        sum, count, min, max, avg, count(distinct x), first, last, with arithmetic over them.
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
          {free.length > 0 ? (
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
  name: string;
  expression: string;
  table: LiveTable | null;
  choices: LiveTable['columns'];
  glance: ArchiveGlance | null;
  onChange: (next: readonly [string, string] | null) => void;
};

function MeasureRow({ path, name, expression, table, choices, glance, onChange }: MeasureRowProps) {
  const { errorAt, touch } = useDraft();
  const own = `${path}.${name}`;
  const column = choices.find((one) => one.name === name);
  return (
    <div className="grid items-start gap-x-3 gap-y-1.5 sm:grid-cols-[12rem_minmax(0,1fr)]">
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
      <div className="flex items-start gap-1.5">
        <div className="min-w-0 flex-1">
          <ExpressionField
            path={own}
            label={`Expression for ${name}`}
            hideLabel
            error={errorAt(own)}
            placeholder="sum(x)"
            suggestions={column === undefined || table === null ? [] : suggestMeasures(table, column, glance)}
            value={expression}
            onBlur={() => touch(own)}
            onValueChange={(value) => onChange([name, value])}
          />
        </div>
        <IconButton icon="trash" label={`Leave ${name} alone`} onClick={() => onChange(null)} />
      </div>
    </div>
  );
}
