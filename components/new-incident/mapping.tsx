'use client';

import { useEffect } from 'react';
import { ArchiveOptions } from '#components/new-incident/archive-options';
import { ColumnTable } from '#components/new-incident/column-table';
import { editArchive, fieldId, type Role, setRole, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { ZoneField } from '#components/new-incident/zone-field';
import { SelectField } from '#components/ui/select-field';
import type { SelectOption } from '#components/ui/select-look';
import type { ArchiveGlance } from '#lib/archive/survey';

const ROLES: readonly { role: Role; label: string; without: string; says: string }[] = [
  { role: 'time', label: 'Happened at', without: '', says: 'When the event happened.' },
  {
    role: 'id',
    label: 'Event id',
    without: 'None: no duplicate check',
    says: 'Finds events that were delivered twice.',
  },
  {
    role: 'ingested',
    label: 'Arrived at',
    without: 'None',
    says: 'When the bus got it. With it the window can also be told in arrival time.',
  },
  {
    role: 'sequence',
    label: 'Sequence',
    without: 'None',
    says: 'Orders events of the same instant, such as an offset.',
  },
];

/** Which column says what. What looks right is chosen at once, and said to be a proposal. */
export function Mapping({ glance }: { glance: ArchiveGlance }) {
  const { draft, edit } = useDraft();
  const { fields } = draft.plan.archive ?? {};
  const untouched = fields === undefined || Object.keys(fields).length === 0;
  useEffect(() => {
    if (!untouched) return;
    const { time, id, ingested, sequence } = glance.guess;
    const guesses: readonly (readonly [Role, string | null])[] = [
      ['time', time],
      ['id', id],
      ['ingested', ingested],
      ['sequence', sequence],
    ];
    edit((old) =>
      guesses.reduce((next, [role, column]) => (column === null ? next : setRole(next, role, column)), old),
    );
  }, [untouched, glance, edit]);

  return (
    <>
      <div className="grid gap-x-4 gap-y-3.5 sm:grid-cols-2">
        {ROLES.map(({ role, label, without, says }) => (
          <RoleField key={role} role={role} label={label} without={without} says={says} glance={glance} />
        ))}
      </div>
      {glance.timesNeedZone || draft.plan.archive?.timezone ? <ArchiveZone /> : null}
      <ColumnTable glance={glance} />
      <ArchiveOptions />
    </>
  );
}

/** A select can't hold an empty value. */
const NONE = '\u0000none';

type RoleFieldProps = { role: Role; label: string; without: string; says: string; glance: ArchiveGlance };

function RoleField({ role, label, without, says, glance }: RoleFieldProps) {
  const { draft, edit, errorAt, touch } = useDraft();
  const path = `archive.fields.${role}`;
  const value = draft.plan.archive?.fields?.[role] ?? null;
  const options: SelectOption<string>[] = [
    ...(without === '' ? [] : [{ value: NONE, label: without }]),
    ...glance.columns.map((column) => ({
      value: column.name,
      label: column.name,
      detail: [column.type.toLowerCase(), column.sample.find((one) => one !== null)]
        .filter(Boolean)
        .join(', e.g. '),
    })),
    // A column that the first files no longer have is shown, not dropped: its error says what to do.
    ...(value !== null && !glance.columns.some((column) => column.name === value)
      ? [{ value, label: value }]
      : []),
  ];
  const proposed = value !== null && value === glance.guess[role];
  const sample = glance.columns.find((column) => column.name === value)?.sample.find((one) => one !== null);
  return (
    <SelectField
      id={fieldId(path)}
      label={label}
      mono={value !== null}
      hint={`${says}${proposed ? ` Proposed from its name and values${sample ? `, e.g. ${sample}` : ''}.` : ''}`}
      error={errorAt(path)}
      options={options}
      value={value ?? (without === '' ? null : NONE)}
      placeholder="Choose a column"
      onValueChange={(next) => {
        touch(path);
        edit((old) => setRole(old, role, next === NONE ? null : next));
      }}
    />
  );
}

function ArchiveZone() {
  const { draft, edit, errorAt, touch } = useDraft();
  const path = 'archive.timezone';
  return (
    <ZoneField
      id={fieldId(path)}
      label="Zone of the archive's times"
      hint="Times in this archive are written without an offset. In which zone are they? A time that the zone skips or repeats is set aside and listed."
      error={errorAt(path)}
      value={draft.plan.archive?.timezone ?? ''}
      onBlur={() => touch(path)}
      onValueChange={(zone) =>
        edit((old) => editArchive(old, (archive) => withField(archive, 'timezone', zone)))
      }
    />
  );
}
