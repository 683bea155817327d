import { type BucketDraft, type Draft, type LiveDraft, withField } from '#components/new-incident/draft.ts';
import type { State } from '#lib/plan/plan';

/**
 * Sets what a row holds, and takes out what belongs to other states only: a plan that says both is refused, and what
 * no longer shows on the page must not be in the plan. `bucket`: proposed where the new state needs one.
 */
export function chooseState(draft: Draft, state: State, bucket: BucketDraft | null): Draft {
  const { archive, control, patch, ...plan } = draft.plan;
  const live: LiveDraft = { ...draft.plan.live, state };
  const bucketed = withField(live, 'bucket', state === 'bucketed' ? (live.bucket ?? bucket) : null);
  const based = withField(bucketed, 'baseline', state === 'running' ? (live.baseline ?? null) : null);
  const { deleted: _tombstone, ...fields } = archive?.fields ?? {};
  const events =
    archive === undefined || state === 'latest' || archive.fields === undefined
      ? archive
      : { ...archive, fields };
  return {
    ...draft,
    plan: {
      ...(events === undefined ? {} : { archive: events }),
      ...plan,
      live: withField(based, 'cut', state === 'window' ? null : (live.cut ?? null)),
      ...(patch === undefined ? {} : { patch: patchOf(patch, state) }),
      ...(control === undefined || state === 'window' ? {} : { control }),
    },
  };
}

type PatchDraft = NonNullable<Draft['plan']['patch']>;

function patchOf(patch: PatchDraft, state: State): PatchDraft {
  const { only_in_live, archive_is_complete, guard } = patch;
  if (state === 'running') return guard === undefined ? {} : { guard };
  if (state === 'latest') return {};
  return {
    ...(only_in_live === undefined ? {} : { only_in_live }),
    ...(archive_is_complete === undefined ? {} : { archive_is_complete }),
  };
}
