import { expect, test } from 'vitest';
import { otherPatch } from '#components/patch/other-patch.ts';
import {
  isUnderWay,
  patchName,
  rowsWords,
  shownKey,
  shownRow,
  stateWords,
  stepsOf,
} from '#components/patch/words.ts';

const at = (second: number) => `2026-11-22T10:19:0${second}.000000Z`;

test('counts the rows of a patch and names it by its seal', () => {
  expect(rowsWords({ counts: { updates: 1253, inserts: 31, deletes: 0 } })).toBe('1,284 rows');
  expect(patchName('7c20e4aa')).toBe('p-7c20e4');
  expect(shownKey('2026-11-21T12:00:00.000000Z')).toBe('2026-11-21 12:00:00Z');
  expect(shownKey('2026-11-21T12:00:00.000001Z')).toBe('2026-11-21T12:00:00.000001Z');
});

test('a step is done when a later one has begun, and took as long as until then', () => {
  const steps = stepsOf({
    progress: [
      { step: 'check', done: 1, total: 1, at: at(0) },
      { step: 'lock', done: 10, total: 10, at: at(1) },
      { step: 'write', done: 0, total: 10, at: at(3) },
      { step: 'write', done: 6, total: 10, at: at(4) },
    ],
    state: 'applying',
    verification: null,
    waiting: false,
  });
  expect(steps.map((step) => step.state)).toEqual(['done', 'done', 'now', 'todo', 'todo', 'todo', 'todo']);
  expect(steps[1]).toMatchObject({ at: at(1), elapsedMs: 2000 });
  expect(steps[2]).toMatchObject({ at: at(3), done: 6, total: 10, elapsedMs: null });
});

test('an apply that failed stops at its step; one that is verified is done to the end', () => {
  const progress = (['check', 'lock'] as const).map((step, i) => ({ step, done: 1, total: 1, at: at(i) }));
  expect(
    stepsOf({ progress, state: 'stale', verification: null, waiting: false })
      .map((step) => step.state)
      .slice(0, 3),
  ).toEqual(['done', 'stopped', 'todo']);
  const verification = { cells: 1, match: 1, differ: 0, moved: 0, at: at(9) };
  const all = (['check', 'lock', 'write', 'read_back', 'record', 'commit', 'verify'] as const).map(
    (step, i) => ({
      step,
      done: 1,
      total: 1,
      at: at(i),
    }),
  );
  expect(
    stepsOf({ progress: all, state: 'verified', verification, waiting: false }).every(
      (step) => step.state === 'done',
    ),
  ).toBe(true);
  expect(stepsOf({ progress: all, state: 'lost', verification, waiting: false }).at(-1)?.state).toBe('done');
  expect(stepsOf({ progress: all, state: 'applied', verification: null, waiting: false }).at(-1)?.state).toBe(
    'now',
  );
  expect(stepsOf({ progress, state: 'applying', verification: null, waiting: true })[1]?.state).toBe(
    'paused',
  );
});

test('an undo is called by what it does', () => {
  expect(stateWords({ kind: 'patch', state: 'verified', alarm: null }).word).toBe('Applied and verified');
  expect(stateWords({ kind: 'undo', state: 'verified', alarm: null }).word).toBe('Put back and compared');
  expect(stateWords({ kind: 'undo', state: 'proposed', alarm: null }).word).toBe('Waiting for approval');
  const alarm = { kind: 'differs', message: '', at: at(0), rows: [] } as const;
  expect(stateWords({ kind: 'patch', state: 'applied', alarm }).word).toBe('Wrong again');
});

test('a row in the words of the server has its instants as one reads them', () => {
  expect(shownRow('u-1, 2026-11-21T12:00:00.000000Z: points 5 instead of 2')).toBe(
    'u-1, 2026-11-21 12:00:00Z: points 5 instead of 2',
  );
  expect(shownRow('2026-11-21T12:00:00.000001Z, x2026-11-21T12:00:00.000000')).toBe(
    '2026-11-21T12:00:00.000001Z, x2026-11-21T12:00:00.000000',
  );
});

test('a rehearsal is followed like a write', () => {
  const rehearsal = { seal: 's', limitMs: 1, result: null, error: null, at: at(0) };
  const patch = { state: 'approved', verification: null, error: null } as const;
  expect(isUnderWay({ ...patch, rehearsal: null })).toBe(false);
  expect(isUnderWay({ ...patch, rehearsal: { ...rehearsal, state: 'queued' } })).toBe(true);
  expect(isUnderWay({ ...patch, rehearsal: { ...rehearsal, state: 'failed' } })).toBe(false);
});

test('a refusal leads to the patch that it names, and nowhere else', () => {
  const patch = { id: 'a/b', number: 7, incident: 'INC-3', state: 'approved' };
  expect(otherPatch({ details: { patch } })).toEqual({
    number: 7,
    href: '/incidents/INC-3/review?patch=a%2Fb',
  });
  expect(otherPatch({ details: { patch: { id: 'x', number: 7 } } })).toBeNull();
  expect(otherPatch({ details: { patch: 'x' } })).toBeNull();
  expect(otherPatch({ details: {} })).toBeNull();
});
