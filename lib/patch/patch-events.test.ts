import { expect, it } from 'vitest';
import { isSameFinding, PATCH_EVENT_WORDS, PATCH_EVENTS, patchEventOf } from '#lib/patch/patch-events';

it('tells an event of what changes the state of a patch, and of nothing else', () => {
  const told = (action: string) => patchEventOf(action, {});
  expect(told('patch.propose_undo')).toBe('patch.proposed');
  expect(told('patch.stale')).toBe('patch.failed');
  expect(told('patch.found')).toBe('patch.applied');
  expect(told('patch.undo')).toBe('patch.undone');
  // what was approved is not any more
  expect(told('patch.withdraw')).toBe('patch.withdrawn');
  expect(told('patch.cancel')).toBe('patch.withdrawn');
  expect(told('patch.expired')).toBe('patch.expired');
  expect(told('patch.reopened')).toBe('patch.reopened');
  expect(told('patch.rolled_back')).toBe('patch.rolled_back');
  for (const silent of [
    'patch.apply',
    'patch.verify',
    'patch.rehearsed',
    'patch.cancel_apply',
    'incident.open',
    '',
  ])
    expect(told(silent)).toBeNull();
  expect(Object.keys(PATCH_EVENT_WORDS)).toEqual([...PATCH_EVENTS]);
});

it('is approved with the last approval that is needed', () => {
  expect(patchEventOf('patch.approve', { approvals: 1, needed: 2 })).toBeNull();
  expect(patchEventOf('patch.approve', { approvals: 2, needed: 2 })).toBe('patch.approved');
  expect(patchEventOf('patch.approve', {})).toBeNull();
});

it('knows a finding that says what the one before said', () => {
  const differs = (differ: number, rows: string[]) => ({ action: 'patch.differs', detail: { differ, rows } });
  const right = { action: 'patch.verified', detail: { differ: 0, cells: 3 } };
  expect(isSameFinding(right, null)).toBe(false);
  expect(isSameFinding(right, { ...right, detail: { differ: 0, cells: 4 } })).toBe(true);
  expect(isSameFinding(right, { action: 'patch.applied', detail: {} })).toBe(false);
  expect(isSameFinding(differs(1, ['ann']), differs(1, ['ann']))).toBe(true);
  expect(isSameFinding(differs(1, ['ben']), differs(1, ['ann']))).toBe(false);
  expect(isSameFinding(differs(2, ['ann']), differs(1, ['ann']))).toBe(false);
  expect(isSameFinding(differs(1, ['ann']), right)).toBe(false);
});
