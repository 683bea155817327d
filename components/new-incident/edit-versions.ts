import {
  type Draft,
  editVersion,
  editVersions,
  setEntry,
  type Version,
  versionsOf,
  withField,
} from '#components/new-incident/draft.ts';

/**
 * Changes a measure of one version. All versions write the same columns: one that is added, renamed or left alone is
 * so in each, and only its expression is the version's own.
 */
export function setMeasure(
  draft: Draft,
  index: number,
  name: string,
  next: readonly [string, string] | null,
): Draft {
  return editVersions(draft, (version, at) => {
    const own = version.measures[name];
    const entry = next === null || at === index || own === undefined ? next : ([next[0], own] as const);
    return { ...version, measures: setEntry(version.measures, name, entry) };
  });
}

/** A next version, as the last one is: what changed is then written into it. */
export function addVersion(draft: Draft): Draft {
  const versions = versionsOf(draft.plan);
  const { since: _since, ...last } = versions.at(-1) ?? { version: 0, keys: {}, measures: {} };
  const version = Math.max(...versions.map((one) => one.version)) + 1;
  return withVersions(draft, [...versions, { ...last, version }]);
}

/** Takes a later version out; replaying with it alone becomes replaying as deployed. */
export function removeVersion(draft: Draft, index: number): Draft {
  const versions = versionsOf(draft.plan);
  const left = withVersions(
    draft,
    versions.filter((_, at) => at !== index),
  );
  return left.plan.calculation?.replay_with === versions[index]?.version ? setReplayWith(left, null) : left;
}

/** Replays every event with one version, or (null) each with the one that was deployed. */
export const setReplayWith = (draft: Draft, version: number | null): Draft => ({
  ...draft,
  plan: { ...draft.plan, calculation: withField(draft.plan.calculation ?? {}, 'replay_with', version) },
});

/** Sets an expression of a key column in one version. */
export const setKeyExpression = (draft: Draft, index: number, key: string, value: string): Draft =>
  editVersion(draft, index, (own) => ({ ...own, keys: { ...own.keys, [key]: value } }));

const withVersions = (draft: Draft, versions: Version[]): Draft => ({
  ...draft,
  plan: { ...draft.plan, calculation: { ...draft.plan.calculation, versions } },
});
