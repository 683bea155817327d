import { expect, test } from 'vitest';
import { toldProblem, valueAt } from '#components/new-incident/problem-words.ts';
import type { DraftPlan } from '#lib/incident/incident';
import { missingOfDraft } from '#lib/plan/parse';

const told = (plan: DraftPlan) =>
  missingOfDraft(plan).map(({ at, message, fix }) =>
    toldProblem({ path: at?.path ?? '', message, fix }, plan),
  );

test('an empty draft is told by what its fields are for, never by their paths', () => {
  const words = told({}).filter((one) => !one.path.startsWith('window'));
  expect(words.length).toBeGreaterThan(4);
  for (const { message, fix } of words)
    expect(`${message} ${fix}`).not.toMatch(/`|archive\.|live\.|calculation\./);
  expect(words[0]).toEqual({
    path: 'archive.at',
    message: 'No archive is chosen.',
    fix: 'Upload its files, or choose a folder on this server.',
  });
});

test("a wrong value keeps the server's words, with the label for the path", () => {
  const plan: DraftPlan = {
    archive: { at: 'x', fields: { time: 't' }, slack: '2' },
    live: { store: 'a.csv', state: 'window', keys: ['k'] },
    calculation: { name: 'c', versions: [{ version: 1, keys: { k: 'k' }, measures: { v: 'sum(v)' } }] },
  };
  const slack = told(plan).find((one) => one.path === 'archive.slack');
  expect(slack?.message).toBe('“Slack around folders” is 2, which is no length of time.');
});

test('other fields that the words name are called by their labels too', () => {
  const plan: DraftPlan = { control: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T11:00:00Z' } };
  expect(told(plan).find((one) => one.path === 'control.to')?.message).toBe(
    '“Healthy stretch to” is not later than “Healthy stretch from”.',
  );
});

test('a problem of a field that the page does not know is left as it is', () => {
  const problem = { path: 'live.odd', message: '`live.odd` is odd.', fix: '' };
  expect(toldProblem(problem, {})).toBe(problem);
});

test('a path leads into lists and records', () => {
  const plan: DraftPlan = { calculation: { versions: [{ version: 1, keys: { a: 'b' }, measures: {} }] } };
  expect(valueAt(plan, 'calculation.versions[0].keys.a')).toBe('b');
  expect(valueAt(plan, 'live.bucket.size')).toBeUndefined();
});

test('a problem of a later version says of which', () => {
  const measures = { total: 'sum(v) +' };
  const versions = [1, 3].map((version) => ({ version, keys: {}, measures }));
  const path = 'calculation.versions[1].measures.total';
  const told = toldProblem(
    { path, message: `\`${path}\` is no expression.`, fix: '' },
    { calculation: { versions } },
  );
  expect(told.message).toBe('“total of version 3” is no expression.');
  const since = 'calculation.versions[1].since';
  expect(toldProblem({ path: since, message: 'x', fix: 'y' }, { calculation: { versions } }).message).toBe(
    'It is not said when a later version was deployed.',
  );
});
