import { expect, it } from 'vitest';
import { planProblems } from '#components/new-incident/plan-problems.ts';
import { ApiError } from '#components/query/api.ts';

const failed = (details: Record<string, unknown>) =>
  new ApiError('plan.invalid', 'The plan has 2 problems.', { fix: 'Correct them.', status: 422, details });

it('lists problems by line, the place out of their words', () => {
  const problems = [
    { code: 'a', message: '`window.to` is early (line 8, column 7).', fix: 'Move it.', line: 8, column: 7 },
    { code: 'b', message: '`titel` is no field (line 2, column 1).', fix: 'Remove it.', line: 2, column: 1 },
  ];
  expect(planProblems(failed({ problems }))).toEqual([
    { message: '`titel` is no field.', fix: 'Remove it.', line: 2, column: 1 },
    { message: '`window.to` is early.', fix: 'Move it.', line: 8, column: 7 },
  ]);
});

it('keeps the words of an answer without a list', () => {
  expect(planProblems(failed({}))).toEqual([
    { message: 'The plan has 2 problems.', fix: 'Correct them.', line: null, column: null },
  ]);
});
