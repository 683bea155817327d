import { expect, it } from 'vitest';
import { PATCH_STATES } from '#lib/patch/patch';
import { isOpen, neededOf } from '#lib/recovery/retention/needed';

const of = (state: string, part: object = {}) =>
  neededOf({ state, undoesId: null, verifyEvery: null, undoneBy: [], ...part });

it('what waits or is written needs all, what can be put back its rows, what is over no more than its header', () => {
  expect(Object.fromEntries(PATCH_STATES.map((state) => [state, of(state)]))).toEqual({
    proposed: 'all',
    approved: 'all',
    expired: 'all',
    applying: 'all',
    committing: 'all',
    unknown: 'all',
    applied: 'rows',
    verified: 'rows',
    lost: 'rows',
    stale: 'header',
    failed: 'header',
    cancelled: 'header',
    undone: 'header',
  });
  expect(PATCH_STATES.filter(isOpen)).toEqual(PATCH_STATES.filter((state) => of(state) === 'all'));
});

it('an undo and what it put back need their rows while they are compared', () => {
  const undo = { undoesId: 'x' };
  expect(of('verified', undo)).toBe('header');
  expect(of('verified', { ...undo, verifyEvery: '24h' })).toBe('rows');
  expect(of('proposed', undo)).toBe('all');
  expect(of('undone', { undoneBy: [{ state: 'verified', verifyEvery: '24h' }] })).toBe('rows');
  expect(of('undone', { undoneBy: [{ state: 'verified', verifyEvery: null }] })).toBe('header');
  expect(of('undone', { undoneBy: [{ state: 'cancelled', verifyEvery: '24h' }] })).toBe('header');
});
