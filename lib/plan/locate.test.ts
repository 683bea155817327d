import { expect, it } from 'vitest';
import type { Problem } from '#lib/base/failure';
import { locateProblems } from '#lib/plan/locate';
import { PLAN_TEXT, planWith } from '#lib/plan/sample.testing';

const at = (path: string): Problem => ({
  code: 'plan.types_needed',
  message: 'It does not fit.',
  fix: '',
  at: { path },
});
const placeIn = (text: string, path: string): string => {
  const [problem] = locateProblems(text, [at(path)]);
  return `${problem?.at?.line}:${problem?.at?.column} ${problem?.message}`;
};

it.each([
  ['calculation.versions[0].measures.total', '28:16 It does not fit (line 28, column 16).'],
  ['calculation.versions[0].where', '25:14 It does not fit (line 25, column 14).'],
  ['archive.fields.id', '9:9 It does not fit (line 9, column 9).'],
  ['calculation.versions[1].measures.total', '24:5 It does not fit (line 24, column 5).'],
  ['nothing', '1:1 It does not fit (line 1, column 1).'],
])('finds %s', (path, expected) => {
  expect(placeIn(PLAN_TEXT, path)).toBe(expected);
});

it('finds names that hold points', () => {
  const text = planWith(['total: sum(value)', '"a.b": sum(value)']);
  expect(placeIn(text, 'calculation.versions[0].measures.a.b')).toContain('28:16');
  expect(placeIn(text, 'calculation.versions[0].measures."a.b"')).toContain('28:16');
});

it('leaves a place that is known, and text that is no plan', () => {
  const known: Problem = {
    ...at('archive.fields.id'),
    at: { path: 'archive.fields.id', line: 3, column: 4 },
  };
  expect(locateProblems(PLAN_TEXT, [known])).toEqual([known]);
  expect(locateProblems('a: [', [at('a')])).toEqual([at('a')]);
});

it('finds the longest name that a path begins with, and items beyond the tenth', () => {
  const text = planWith([
    'total: sum(value)',
    'a: sum(value)\n        "a.b": max(value)\n        "a[0]": min(value)',
  ]);
  expect(placeIn(text, 'calculation.versions[0].measures.a')).toContain('28:12');
  expect(placeIn(text, 'calculation.versions[0].measures.a.b')).toContain('29:16');
  expect(placeIn(text, 'calculation.versions[0].measures.a[0]')).toContain('30:17');
  const keys = Array.from({ length: 12 }, (_, i) => `k${i}`).join(', ');
  const many = planWith(['keys: [user_id]', `keys: [${keys}]`]);
  expect(placeIn(many, 'live.keys[1]')).toContain('35:14');
  expect(placeIn(many, 'live.keys[11]')).toContain('35:55');
  expect(placeIn(many, 'live.keys.k1')).toContain('35:9');
});

it('puts the place before the last point only, and leaves a problem without a path', () => {
  const long: Problem = { ...at('archive.fields.id'), message: 'The type 1.5 does not fit. Change it.' };
  expect(locateProblems(PLAN_TEXT, [long])[0]?.message).toBe(
    'The type 1.5 does not fit. Change it (line 9, column 9).',
  );
  const { at: _, ...bare } = at('archive');
  expect(locateProblems(PLAN_TEXT, [bare])).toEqual([bare]);
});
