import { expect, it } from 'vitest';
import { changeOf, draftOf, wholeNumber } from '#components/policies/policy-draft.ts';

const VIEW = {
  revision: 4,
  approvalHours: 24,
  proofMinutes: 0,
  selfApproval: false,
  alone: false,
  rules: [
    { id: 'r1', liveStore: null, fromRows: 1_000, approvals: 2 },
    { id: 'r2', liveStore: { id: 's1', name: 'shop' }, fromRows: 1, approvals: 3 },
  ],
  liveStores: [{ id: 's1', name: 'shop' }],
};

it('sends what it was given, where nothing was changed', () => {
  expect(changeOf(draftOf(VIEW), VIEW.revision)).toEqual({
    revision: 4,
    approvalHours: 24,
    proofMinutes: 0,
    selfApproval: false,
    rules: [
      { liveStoreId: null, fromRows: 1_000, approvals: 2 },
      { liveStoreId: 's1', fromRows: 1, approvals: 3 },
    ],
  });
});

it('sends nothing while a number is none', () => {
  const draft = draftOf(VIEW);
  for (const change of [
    { approvalHours: '0' },
    { approvalHours: '721' },
    { proofMinutes: '' },
    { proofMinutes: '-1' },
  ])
    expect(changeOf({ ...draft, ...change }, 4)).toBeNull();
  const [rule] = draft.rules;
  expect(changeOf({ ...draft, rules: [{ ...rule!, fromRows: '1.5' }] }, 4)).toBeNull();
});

it('takes numbers as people write them', () => {
  expect(wholeNumber('1,000', 1, 2_000)).toBe(1_000);
  expect(wholeNumber(' 12 ', 1, 20)).toBe(12);
  expect(wholeNumber('1e3', 1, 2_000)).toBeNull();
});
