'use client';

import { type ArchiveDraft, editArchive, fieldId, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { MoreOptions } from '#components/new-incident/more-options';
import { TextField } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';

const FORMATS = [
  { value: 'auto', label: 'Each file by itself' },
  { value: 'csv', label: 'CSV' },
  { value: 'json', label: 'JSON' },
  { value: 'parquet', label: 'Parquet' },
] as const;
const LAYOUTS = [
  { value: 'auto', label: 'As found' },
  { value: 'plain', label: 'Flat: read every file' },
  { value: 'hive', label: 'Folders by date and hour' },
] as const;
const CONFLICTS = [
  { value: 'block', label: 'Block the patch' },
  { value: 'first', label: 'Take the copy that arrived first' },
  { value: 'last', label: 'Take the copy that arrived last' },
] as const;

/** How strictly the archive is read. The defaults are the careful ones. */
export function ArchiveOptions() {
  const { draft, edit, errorAt, touch } = useDraft();
  const archive = draft.plan.archive ?? {};
  const set = <K extends keyof ArchiveDraft>(key: K, value: ArchiveDraft[K] | '' | null) =>
    edit((old) => editArchive(old, (own) => withField(own, key, value)));
  return (
    <MoreOptions title="How strictly it is read">
      <div className="grid gap-x-4 gap-y-3.5 sm:grid-cols-2">
        <SelectField
          id={fieldId('archive.format')}
          label="Format"
          error={errorAt('archive.format')}
          options={FORMATS}
          value={FORMATS.find((one) => one.value === archive.format)?.value ?? 'auto'}
          onValueChange={(value) => set('format', value === 'auto' ? null : value)}
        />
        <SelectField
          id={fieldId('archive.layout')}
          label="Folders"
          error={errorAt('archive.layout')}
          options={LAYOUTS}
          value={LAYOUTS.find((one) => one.value === archive.layout)?.value ?? 'auto'}
          onValueChange={(value) => set('layout', value === 'auto' ? null : value)}
        />
        <TextField
          id={fieldId('archive.rejects')}
          label="Unreadable records allowed"
          hint="A number, or a share such as 0.1%. One more and the patch is blocked. They are always listed."
          error={errorAt('archive.rejects')}
          placeholder="0"
          inputMode="decimal"
          value={archive.rejects === undefined ? '' : String(archive.rejects)}
          onBlur={() => touch('archive.rejects')}
          onValueChange={(value) => set('rejects', /^\d+$/.test(value) ? Number(value) : value)}
        />
        <SelectField
          id={fieldId('archive.conflicts')}
          label="One id with two contents"
          hint="Copies of an event that differ in more than arrival and sequence."
          error={errorAt('archive.conflicts')}
          options={CONFLICTS}
          value={CONFLICTS.find((one) => one.value === archive.conflicts)?.value ?? 'block'}
          onValueChange={(value) => set('conflicts', value === 'block' ? null : value)}
        />
        <TextField
          id={fieldId('archive.slack')}
          label="Slack around folders"
          hint="How far an event may lie outside the hour or day of its folder: 2h, 30m, 1d."
          error={errorAt('archive.slack')}
          placeholder="2h"
          value={archive.slack ?? ''}
          onBlur={() => touch('archive.slack')}
          onValueChange={(value) => set('slack', value)}
        />
      </div>
    </MoreOptions>
  );
}
