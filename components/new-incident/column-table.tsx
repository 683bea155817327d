'use client';

import { useId } from 'react';
import { fieldId, setType } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { Tag } from '#components/ui/pill';
import { Table, Td, Th, Tr } from '#components/ui/table';
import { NoValue } from '#components/ui/value';
import type { ArchiveGlance } from '#lib/archive/survey';

const TYPES = ['bigint', 'decimal(18,2)', 'double', 'text', 'boolean', 'date', 'timestamp'] as const;
const ROLE_WORDS = {
  id: 'event id',
  time: 'happened at',
  ingested: 'arrived at',
  sequence: 'sequence',
} as const;

/** What the first files hold, column by column; a type that was read wrong is declared here. */
export function ColumnTable({ glance }: { glance: ArchiveGlance }) {
  const { draft, errorAt } = useDraft();
  const listId = useId();
  const fields = draft.plan.archive?.fields ?? {};
  const roleOf = (column: string): string | null => {
    for (const role of ['id', 'time', 'ingested', 'sequence'] as const) {
      if (fields[role] === column) return ROLE_WORDS[role];
    }
    return null;
  };
  const wrong = errorAt('archive.types');
  return (
    <div className="grid gap-1.5">
      <p className="text-text-3 text-xs">
        {glance.columns.length} columns in the first files. Declare a type only where it was read wrong: a
        value that does not fit its declared type exactly is set aside, never rounded.
      </p>
      <div className="overflow-hidden rounded-control border border-line">
        <Table caption="Columns of the archive" frameClassName="max-h-80">
          <thead>
            <tr>
              <Th>Column</Th>
              <Th>Type</Th>
              <Th>First values</Th>
              <Th>Says</Th>
            </tr>
          </thead>
          <tbody>
            {glance.columns.map((column) => (
              <Tr key={column.name}>
                <Td className="max-w-56 truncate font-mono" title={column.name}>
                  {column.name}
                </Td>
                <Td className="max-md:h-12">
                  <TypeInput column={column.name} found={column.type} listId={listId} />
                </Td>
                <Td className="max-w-80 truncate text-text-2" title={sampleWords(column.sample)}>
                  {column.sample.every((value) => value === null) ? (
                    <NoValue because="No value in the first records" />
                  ) : (
                    sampleWords(column.sample)
                  )}
                </Td>
                <Td>{roleOf(column.name) ? <Tag tone="acc">{roleOf(column.name)}</Tag> : null}</Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </div>
      <datalist id={listId}>
        {TYPES.map((type) => (
          <option key={type} value={type} />
        ))}
      </datalist>
      {wrong ? (
        <p role="status" className="text-danger text-xs">
          {wrong}
        </p>
      ) : null}
    </div>
  );
}

const sampleWords = (sample: readonly (string | null)[]): string =>
  sample
    .slice(0, 3)
    .map((value) => value ?? 'NULL')
    .join(' · ');

function TypeInput({ column, found, listId }: { column: string; found: string; listId: string }) {
  const { draft, edit, touch } = useDraft();
  const path = `archive.types.${column}`;
  return (
    <input
      id={fieldId(path)}
      aria-label={`Type of ${column}; as found: ${found.toLowerCase()}`}
      list={listId}
      spellCheck={false}
      autoComplete="off"
      placeholder={found.toLowerCase()}
      title={found.toLowerCase()}
      value={draft.plan.archive?.types?.[column] ?? ''}
      onChange={(event) => edit((old) => setType(old, column, event.target.value))}
      onBlur={() => touch('archive.types')}
      className="h-9 w-44 rounded-control-sm border border-control bg-surface px-1.5 font-mono text-[1rem] md:h-6 md:text-xs"
    />
  );
}
