import { expect, it } from 'vitest';
import { compareWithLedger, type RecordedPatch, unknownLines } from '#lib/patch/ledger-findings';
import type { LedgerLine } from '#lib/patch/live-store';
import { PATCH_STATES, type PatchState } from '#lib/patch/patch';

const line = (seal: string, change: Partial<LedgerLine> = {}): LedgerLine => ({
  patchId: `in-${seal}`,
  seal,
  kind: 'patch',
  outcome: 'applied',
  undoes: null,
  at: '2026-01-01T00:00:00.000000Z',
  rows: 3,
  leftOut: 0,
  author: 'ann',
  approvedBy: 'ben',
  transaction: '7',
  auditHead: null,
  ...change,
});
const undoOf = (seal: string): LedgerLine =>
  line(seal, { kind: 'undo', patchId: `undo:in-${seal}`, undoes: `in-${seal}` });
let made = 0;
const patch = (state: PatchState, change: Partial<RecordedPatch> = {}): RecordedPatch => {
  made += 1;
  return { id: `p${made}`, number: made, seal: 's', state, rows: 3, undoesId: null, ...change };
};
const edges = (patches: RecordedPatch[], lines: LedgerLine[]): string[] =>
  compareWithLedger(patches, lines).map(({ id, edge }) => `${id} ${edge}`);

it('finds nothing where both agree, and nothing while a worker is at it', () => {
  expect(edges([patch('applied'), patch('stale', { seal: 't' })], [line('s')])).toEqual([]);
  expect(edges([patch('undone')], [line('s'), undoOf('s')])).toEqual([]);
  expect(edges([patch('verified', { rows: 0 })], [])).toEqual([]);
  for (const state of ['applying', 'committing', 'unknown'] as const) {
    expect(edges([patch(state)], [])).toEqual([]);
    expect(edges([patch(state), patch('cancelled')], [line('s')])).toEqual([]);
  }
  // a line that only closed an attempt says nothing of the patch
  expect(edges([patch('approved')], [line('s', { outcome: 'fenced' })])).toEqual([]);
});

it('tells what the target lost, and what it has again', () => {
  const [applied, verified] = [patch('applied'), patch('verified', { seal: 't' })];
  expect(edges([applied, verified], [line('t')])).toEqual([`${applied.id} vanish`]);
  const lost = patch('lost');
  expect(edges([lost], [])).toEqual([]);
  expect(edges([lost], [line('s')])).toEqual([`${lost.id} find`]);
  // applied anew after a new preview with the same seal: the old record stays lost
  expect(edges([lost, patch('verified')], [line('s')])).toEqual([]);
});

it('finds what the record did not know to be applied, once for each seal', () => {
  for (const state of PATCH_STATES) {
    const one = patch(state);
    const isKnown = ['applying', 'committing', 'unknown', 'applied', 'verified'].includes(state);
    expect(edges([one], [line('s')])).toEqual(isKnown ? [] : [`${one.id} find`]);
  }
  const [withdrawn, older, approved] = [patch('cancelled'), patch('proposed'), patch('approved')];
  expect(edges([withdrawn, approved, older], [line('s')])).toEqual([`${approved.id} find`]);
});

it('takes over that a patch was put back, and that the target forgot it', () => {
  const applied = patch('verified');
  expect(edges([applied], [line('s'), undoOf('s')])).toEqual([`${applied.id} undo`]);
  const original = patch('undone');
  const undo = patch('applied', { seal: 'u', undoesId: original.id });
  expect(edges([original, undo], [line('s'), undoOf('s')])).toEqual([]);
  expect(edges([original, undo], [line('s')])).toEqual([`${original.id} find`, `${undo.id} vanish`]);
  // while its undo is under way, the undo's job records both
  expect(
    edges([applied, patch('committing', { seal: 'u', undoesId: applied.id })], [line('s'), undoOf('s')]),
  ).toEqual([]);
});

it('names lines that no record knows', () => {
  const lines = [line('s'), line('x'), line('y', { outcome: 'fenced' }), undoOf('x')];
  expect(unknownLines(lines, new Set(['s'])).map(({ seal }) => seal)).toEqual(['x']);
});
