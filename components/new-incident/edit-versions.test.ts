import { expect, it } from 'vitest';
import { type Draft, EMPTY_DRAFT, setKeys, versionsOf } from '#components/new-incident/draft.ts';
import {
  addVersion,
  removeVersion,
  setMeasure,
  setReplayWith,
} from '#components/new-incident/edit-versions.ts';

const ONE: Draft = {
  ...EMPTY_DRAFT,
  plan: { calculation: { versions: [{ version: 1, keys: { k: 'k' }, measures: { total: 'sum(v)' } }] } },
};
const measures = (draft: Draft) => versionsOf(draft.plan).map((one) => one.measures);

it('a new version is as the last one, with the next number and without its start', () => {
  const first = addVersion(ONE);
  const versions = versionsOf(first.plan);
  expect(versions).toEqual([
    { version: 1, keys: { k: 'k' }, measures: { total: 'sum(v)' } },
    { version: 2, keys: { k: 'k' }, measures: { total: 'sum(v)' } },
  ]);
  const [one, two] = versions;
  if (one === undefined || two === undefined) throw new Error('two versions');
  const dated = {
    ...first,
    plan: { calculation: { versions: [one, { ...two, since: '2024-06-10T00:00:00Z' }] } },
  };
  expect(versionsOf(addVersion(dated).plan)[2]).toEqual({ ...two, version: 3 });
});

it('all versions write the same columns, each with its own expression', () => {
  const two = setMeasure(addVersion(ONE), 1, 'total', ['total', 'sum(v) filter (where ok)']);
  expect(measures(two)).toEqual([{ total: 'sum(v)' }, { total: 'sum(v) filter (where ok)' }]);
  const renamed = setMeasure(two, 0, 'total', ['points', 'sum(v)']);
  expect(measures(renamed)).toEqual([{ points: 'sum(v)' }, { points: 'sum(v) filter (where ok)' }]);
  const added = setMeasure(renamed, 0, 'n', ['n', 'count(*)']);
  expect(measures(added).map((one) => one.n)).toEqual(['count(*)', 'count(*)']);
  expect(measures(setMeasure(added, 0, 'points', null))).toEqual([{ n: 'count(*)' }, { n: 'count(*)' }]);
});

it('key columns are the same in all versions', () => {
  const keyed = setKeys(addVersion(ONE), ['k', 'region'], (column) => column);
  expect(versionsOf(keyed.plan).map((one) => one.keys)).toEqual([
    { k: 'k', region: 'region' },
    { k: 'k', region: 'region' },
  ]);
});

it('a version that is taken out is not replayed with', () => {
  const alone = setReplayWith(addVersion(ONE), 2);
  expect(alone.plan.calculation?.replay_with).toBe(2);
  const left = removeVersion(alone, 1);
  expect(left.plan.calculation).toEqual(ONE.plan.calculation);
  expect(removeVersion(setReplayWith(addVersion(ONE), 1), 1).plan.calculation?.replay_with).toBe(1);
});
