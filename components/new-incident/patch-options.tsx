'use client';

import { type Draft, fieldId, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { MoreOptions } from '#components/new-incident/more-options';
import { Checkbox, RadioGroup } from '#components/ui/choice';
import type { DraftPlan } from '#lib/incident/incident';

type PatchDraft = NonNullable<DraftPlan['patch']>;

const editPatch = (draft: Draft, change: (patch: PatchDraft) => PatchDraft): Draft => ({
  ...draft,
  plan: { ...draft.plan, patch: change(draft.plan.patch ?? {}) },
});

/** What becomes of live rows that the archive knows nothing of. Keeping them is the default. */
export function PatchOptions() {
  const { draft, edit, errorAt } = useDraft();
  const patch = draft.plan.patch ?? {};
  const deletes = patch.only_in_live === 'delete';
  return (
    <MoreOptions title="Rows that are only in the live store">
      <RadioGroup
        legend="A live row without any archived event"
        error={errorAt('patch.only_in_live')}
        options={[
          { value: 'keep', label: 'Keep it', hint: 'It is shown as “only in live” and left as it is.' },
          {
            value: 'delete',
            label: 'Delete it',
            hint: 'The patch removes it. Blocked while the archive may have a gap there.',
          },
        ]}
        value={deletes ? 'delete' : 'keep'}
        onValueChange={(value) =>
          edit((old) =>
            editPatch(old, (own) => withField(own, 'only_in_live', value === 'keep' ? null : value)),
          )
        }
      />
      {deletes ? (
        <Checkbox
          id={fieldId('patch.archive_is_complete')}
          label="I state that the archive has no gap"
          hint="Without this, deleting is blocked wherever an hour or day is missing, and for flat folders always."
          checked={patch.archive_is_complete === true}
          onCheckedChange={(on) =>
            edit((old) => editPatch(old, (own) => withField(own, 'archive_is_complete', on ? true : null)))
          }
        />
      ) : null}
    </MoreOptions>
  );
}
