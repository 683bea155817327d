'use client';

import { type Draft, fieldId, versionOf, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { MoreOptions } from '#components/new-incident/more-options';
import { TextField } from '#components/ui/field';
import type { LiveTable } from '#lib/patch/live-store';

const FLOAT = /^(float|double|real)/i;

/** How far floating-point columns may be off. Exact types have none, so it shows only where a column is a float. */
export function Tolerances({ table }: { table: LiveTable | null }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const { tolerance = {} } = draft.plan.compare ?? {};
  const names = Object.keys(versionOf(draft.plan).measures);
  const floats = names.filter((name) => {
    const column = table?.columns.find((one) => one.name === name);
    return name in tolerance || (column !== undefined && FLOAT.test(column.type));
  });
  const gone = Object.keys(tolerance).filter((name) => !names.includes(name));
  if (floats.length + gone.length === 0) return null;
  return (
    <MoreOptions title="Tolerance of floating-point columns">
      <p className="max-w-[76ch] text-pretty text-text-2">
        Sums of floating-point numbers may differ in their last digits by the order of adding. Up to this
        absolute difference two values count as equal.
      </p>
      <div className="grid gap-x-4 gap-y-3.5 sm:grid-cols-2">
        {[...floats, ...gone].map((name) => {
          const path = `compare.tolerance.${name}`;
          return (
            <TextField
              key={name}
              id={fieldId(path)}
              label={name}
              mono
              inputMode="decimal"
              placeholder="0"
              hint="For example 1e-9."
              error={exactWords(table, name) ?? errorAt(path)}
              value={String(tolerance[name] ?? '')}
              onBlur={() => touch(path)}
              onValueChange={(value) => edit((old) => setTolerance(old, name, value))}
            />
          );
        })}
      </div>
    </MoreOptions>
  );
}

/** Said here, since the plan alone does not know the types of the live table. A file has none until it is read. */
function exactWords(table: LiveTable | null, name: string): string | null {
  const column = table?.columns.find((one) => one.name === name);
  if (column === undefined || table?.identity.kind === 'file' || FLOAT.test(column.type)) return null;
  return `${name} is ${column.sqlType}, which is exact: a tolerance would hide real differences. Empty it.`;
}

function setTolerance(draft: Draft, name: string, value: string): Draft {
  const tolerance = withField(draft.plan.compare?.tolerance ?? {}, name, value);
  const compare = Object.keys(tolerance).length === 0 ? null : { tolerance };
  return { ...draft, plan: withField(draft.plan, 'compare', compare) };
}
