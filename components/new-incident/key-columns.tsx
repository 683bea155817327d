'use client';

import { fieldId, setKeys } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { guessKey } from '#components/new-incident/suggest.ts';
import { Checkbox } from '#components/ui/choice';
import { FieldError } from '#components/ui/field';
import type { ArchiveGlance } from '#lib/archive/survey';
import type { LiveTable } from '#lib/patch/live-store';

/** Which columns name a row. The unique ones are chosen at first. */
export function KeyColumns({ table, glance }: { table: LiveTable; glance: ArchiveGlance | null }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const keys = draft.plan.live?.keys ?? [];
  const bucket = draft.plan.live?.bucket?.column;
  const path = 'live.keys';
  // A CSV has none of its own: it takes those of the expressions.
  const hasTypes = table.columns.some(({ sqlType }) => !/^varchar$/i.test(sqlType));
  const unique = table.uniqueKeys.map((set) => set.join(', ')).join('; ');
  const toggle = (column: string, on: boolean) => {
    touch(path);
    // In the order of the table, whatever the order of the clicks.
    const next = table.columns
      .map((one) => one.name)
      .filter((name) => (name === column ? on : keys.includes(name)));
    edit((old) => setKeys(old, next, (key) => guessKey(key, glance)));
  };
  return (
    <fieldset className="min-w-0" id={fieldId(path)} tabIndex={-1}>
      <legend className="mb-1 font-medium">Key columns</legend>
      <p className="mb-2 text-text-3 text-xs">
        {unique === ''
          ? 'Nothing in this table is declared unique: choose the columns that together name one row. A key that occurs twice is refused.'
          : `${bucket === undefined ? 'Together they' : 'Together with the bucket they'} name one row. Unique in this table: ${unique}.`}
      </p>
      <div className="flex flex-wrap gap-x-5 gap-y-2.5">
        {table.columns
          .filter((column) => column.name !== bucket)
          .map((column) => (
            <Checkbox
              key={column.name}
              label={
                <>
                  <span className="font-mono text-[0.94em] text-text">{column.name}</span>
                  {hasTypes ? <span className="ml-1 text-text-3 text-xs">{column.sqlType}</span> : null}
                </>
              }
              checked={keys.includes(column.name)}
              onCheckedChange={(on) => toggle(column.name, on)}
            />
          ))}
      </div>
      <FieldError id={`${fieldId(path)}-error`}>{errorAt(path)}</FieldError>
    </fieldset>
  );
}
