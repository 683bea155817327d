'use client';

import { editVersion, fieldId, versionsOf, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { addVersion, removeVersion, setReplayWith } from '#components/new-incident/edit-versions.ts';
import { InstantField } from '#components/new-incident/instant-field';
import { KeyExpressions } from '#components/new-incident/key-expressions';
import { Measures } from '#components/new-incident/measures';
import { MoreOptions } from '#components/new-incident/more-options';
import { WhereField } from '#components/new-incident/where-field';
import { Button } from '#components/ui/button';
import { RadioGroup } from '#components/ui/choice';
import type { ArchiveGlance } from '#lib/archive/survey';
import type { LiveTable } from '#lib/patch/live-store';

type VersionsProps = { table: LiveTable | null; taken: readonly string[]; glance: ArchiveGlance | null };

/** Later versions of the calculation, and which of them replays an event. */
export function Versions(props: VersionsProps) {
  const { draft, edit } = useDraft();
  const [, ...later] = versionsOf(draft.plan);
  return (
    <MoreOptions
      title={
        later.length === 0
          ? 'Versions of the calculation'
          : `Versions of the calculation: ${later.length + 1}`
      }
    >
      <p className="max-w-[76ch] text-pretty text-text-2">
        {later.length === 0
          ? 'What stands above is version 1. Where the worker was deployed with other rules while the events came in, add them as a version of its own.'
          : 'What stands above is version 1 and holds until the next one was deployed.'}
      </p>
      {later.map((version, at) => (
        <LaterVersion key={version.version} index={at + 1} number={version.version} {...props} />
      ))}
      <Button
        size="sm"
        icon="plus"
        className="justify-self-start"
        onClick={() => edit((old) => addVersion(old))}
      >
        Add a version
      </Button>
      {later.length === 0 ? null : <ReplayWith />}
    </MoreOptions>
  );
}

function LaterVersion({
  index,
  number,
  table,
  taken,
  glance,
}: VersionsProps & { index: number; number: number }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const path = `calculation.versions[${index}].since`;
  return (
    <fieldset className="grid min-w-0 gap-3.5 rounded-control border border-line px-3 pt-1 pb-3">
      <legend className="px-1 font-medium">Version {number}</legend>
      <div className="grid gap-x-4 gap-y-3.5 sm:grid-cols-2">
        <InstantField
          id={fieldId(path)}
          label="Deployed at"
          hint="Events from then on, by the clock in which the window is told."
          error={errorAt(path)}
          value={versionsOf(draft.plan)[index]?.since ?? ''}
          onBlur={() => touch(path)}
          onValueChange={(since) =>
            edit((old) => editVersion(old, index, (own) => withField(own, 'since', since)))
          }
        />
        <WhereField index={index} />
      </div>
      <KeyExpressions index={index} glance={glance} />
      <Measures index={index} table={table} taken={taken} glance={glance} />
      <Button
        size="sm"
        icon="trash"
        className="justify-self-start"
        onClick={() => edit((old) => removeVersion(old, index))}
      >
        Remove version {number}
      </Button>
    </fieldset>
  );
}

function ReplayWith() {
  const { draft, edit, errorAt } = useDraft();
  const { replay_with: chosen = 'deployed' } = draft.plan.calculation ?? {};
  return (
    <RadioGroup
      legend="Which version replays an event"
      error={errorAt('calculation.replay_with')}
      options={[
        {
          value: 'deployed',
          label: 'The one that was deployed',
          hint: 'The rows become what the worker would have made of them.',
        },
        ...versionsOf(draft.plan).map(({ version }) => ({
          value: String(version),
          label: `Version ${version} for all`,
          hint: 'The rows become what this version alone would have made of them.',
        })),
      ]}
      value={String(chosen)}
      onValueChange={(next) => edit((old) => setReplayWith(old, next === 'deployed' ? null : Number(next)))}
    />
  );
}
