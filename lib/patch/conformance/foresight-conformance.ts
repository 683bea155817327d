import { expect, it } from 'vitest';
import type { PatchSpec } from '#lib/patch/conformance/patch-fixture';
import {
  by,
  EVENTS,
  type LiveHarness,
  normal,
  PATCH,
  PATCHED,
  prepare,
  row,
  SIGNED,
  START,
  TOTAL,
  USER,
} from '#lib/patch/conformance/user-totals';
import type { ApplyProgress } from '#lib/patch/patch';
import type { Preflight } from '#lib/patch/rehearsal';

const stops = ({ checks }: Preflight): string[] =>
  checks.filter((check) => check.state === 'stop').map((check) => check.check);
const found = ({ checks }: Preflight, name: string): string | undefined =>
  checks.find((check) => check.check === name)?.found;
const DELTA: PatchSpec = {
  keys: [USER],
  measures: [{ ...TOTAL, mode: 'delta' }, EVENTS],
  rows: [
    { op: 'update', key: ['a'], before: ['1.00', '1'], after: ['3.50', '2'], delta: ['2.50', null] },
    { op: 'update', key: ['b'], before: ['2.50', '2'], after: ['3.50', '3'], delta: ['1.00', null] },
  ],
};

/** What a store says of a patch before it is written, and of its undo; part of the port's suite. */
export function foresightCases(harness: LiveHarness): void {
  preflightCases(harness);
  rehearsalCases(harness);
  outlookCases(harness);
  partialUndoCases(harness);
  ledgerCases(harness);
}

function preflightCases(harness: LiveHarness): void {
  it('a preflight stops at nothing where an apply goes through, and changes nothing', async () => {
    const { store, patch, read } = await prepare(harness);
    const before = await store.preflight(patch.header);
    expect(stops(before)).toEqual([]);
    expect(found(before, 'size')).toContain('3 rows');
    expect(normal(await read())).toEqual(normal(START.rows));
    expect((await store.ledger(patch.header)).outcome).toBe('none');
    await store.apply(patch, by);
    const after = await store.preflight(patch.header);
    expect(stops(after)).toEqual([]);
    expect(after.checks.find(({ check }) => check === 'ledger')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('was applied at'),
    });
    await store.undo(patch, by);
    expect(stops(await store.preflight(patch.header))).toEqual(['ledger']);
    await store.close();
  });
  it('a preflight stops at another target and at a column that is gone', async () => {
    const { store, patch } = await prepare(harness);
    const target =
      patch.header.target.kind === 'file'
        ? { ...patch.header.target, path: 'other.csv' }
        : { ...patch.header.target, database: 'another' };
    expect(stops(await store.preflight({ ...patch.header, target }))).toContain('identity');
    const [total, events] = patch.header.measures;
    if (total === undefined || events === undefined) throw new Error('two measures');
    const measures = [{ ...total, name: 'gone' }, events];
    const gone = await store.preflight({ ...patch.header, measures });
    expect(stops(gone)).toContain('columns');
    expect(found(gone, 'columns')).toContain('gone');
    await store.close();
  });
}

function rehearsalCases(harness: LiveHarness): void {
  it('rehearses an apply, as often as one likes, and leaves nothing', async () => {
    const { store, patch, read } = await prepare(harness);
    const seen: ApplyProgress[] = [];
    for (let n = 0; n < 2; n += 1) {
      const rehearsal = await store.rehearse(patch, { ...by, onProgress: (step) => void seen.push(step) });
      expect(rehearsal).toMatchObject({ status: 'would_apply', refusal: null, limitMs: 10_000 });
      expect(rehearsal.steps.map(({ step }) => step)).toEqual(expect.arrayContaining(['lock', 'read_back']));
      expect(rehearsal.steps.map(({ step }) => step)).not.toContain('commit');
      expect(rehearsal.lockedMs).toBeGreaterThan(0);
      expect(rehearsal.elapsedMs).toBeGreaterThanOrEqual(rehearsal.lockedMs);
    }
    expect(seen.map(({ step }) => step)).toContain('write');
    expect(normal(await read())).toEqual(normal(START.rows));
    expect(await store.ledger(patch.header)).toMatchObject({ outcome: 'none', appliedAt: null });
    expect(await store.ledgerEntries()).toEqual([]);
    expect(await store.apply(patch, by)).toBe('applied');
    expect(normal(await read())).toEqual(normal(PATCHED));
    expect(await store.rehearse(patch, by)).toMatchObject({ status: 'already_applied' });
    await store.close();
  });
  it('a rehearsal says what an apply would be refused with, and names the rows', async () => {
    const { store, patch, disturb, read } = await prepare(harness);
    await disturb({ user_id: 'a' }, { total: '1.01' });
    const before = normal(await read());
    const rehearsal = await store.rehearse(patch, by);
    expect(rehearsal).toMatchObject({ status: 'refused', refusal: { code: 'patch.stale' } });
    expect(rehearsal.refusal?.rows).toEqual([expect.stringContaining('a')]);
    expect(normal(await read())).toEqual(before);
    await store.close();
  });
  it('a cancelled rehearsal throws and leaves nothing', async () => {
    const { store, patch, read } = await prepare(harness);
    const stop = new AbortController();
    const onProgress = ({ step }: ApplyProgress): void => {
      if (step === 'read_back') stop.abort();
    };
    await expect(store.rehearse(patch, { ...by, signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: 'run.cancelled',
    });
    expect(normal(await read())).toEqual(normal(START.rows));
    expect((await store.ledger(patch.header)).outcome).toBe('none');
    await store.close();
  });
  it('gives up at its limit and says how far it got', async () => {
    const { store, patch, read } = await prepare(harness);
    const onProgress = async ({ step }: ApplyProgress): Promise<void> => {
      if (step === 'write') await new Promise((later) => setTimeout(later, 400));
    };
    const rehearsal = await store.rehearse(patch, { ...by, limitMs: 150, onProgress });
    expect(rehearsal).toMatchObject({ status: 'refused', refusal: { code: 'rehearsal.timeout' } });
    expect(rehearsal.refusal?.message).toMatch(/of 3 rows/);
    expect(normal(await read())).toEqual(normal(START.rows));
    expect(await store.apply(patch, by)).toBe('applied');
    await store.close();
  });
  it('rehearses an undo', async () => {
    const { store, patch, read, disturb } = await prepare(harness);
    const undo = { ...by, undo: {} };
    expect(await store.rehearse(patch, undo)).toMatchObject({
      status: 'refused',
      refusal: { code: 'patch.not_applied' },
    });
    await store.apply(patch, by);
    expect(await store.rehearse(patch, undo)).toMatchObject({ status: 'would_apply' });
    await disturb({ user_id: 'a' }, { total: '7.00' });
    expect(await store.rehearse(patch, undo)).toMatchObject({ refusal: { code: 'patch.stale' } });
    const rest = { ...by, undo: { leaveOut: [0] } };
    expect(await store.rehearse(patch, rest)).toMatchObject({ status: 'would_apply' });
    expect((await store.ledger(patch.header)).outcome).toBe('applied');
    expect((await read()).find((each) => each.user_id === 'd')).toBeDefined();
    await store.undo(patch, { ...by, leaveOut: [0] });
    expect(await store.rehearse(patch, undo)).toMatchObject({ status: 'already_applied' });
    await store.close();
  });
  it('has nothing to rehearse where the patch has no rows', async () => {
    const { store, patch } = await prepare(harness, START, { ...PATCH, rows: [] });
    expect(await store.rehearse(patch, by)).toMatchObject({ status: 'nothing_to_apply' });
    await store.close();
  });
}

function outlookCases(harness: LiveHarness): void {
  it('tells which rows an undo could put back', async () => {
    const { store, patch, disturb, add } = await prepare(harness);
    await expect(store.undoOutlook(patch)).rejects.toMatchObject({ code: 'patch.not_applied' });
    await store.apply(patch, by);
    expect(await store.undoOutlook(patch)).toEqual({ rows: 3, unmoved: 3, moved: [], movedSeqs: [] });
    await disturb({ user_id: 'a' }, { total: '7.00' });
    await disturb({ user_id: 'd' }, null);
    await add(row('c', '1', '1', null));
    const outlook = await store.undoOutlook(patch);
    expect(outlook).toMatchObject({ rows: 3, unmoved: 0, movedSeqs: [0, 1, 2] });
    expect(outlook.moved[0]).toMatchObject({ seq: 0, key: ['a'], what: 'changed', column: 'total' });
    expect(Number(outlook.moved[0]?.wrote)).toBe(10);
    expect(Number(outlook.moved[0]?.now)).toBe(7);
    expect(outlook.moved[1]).toEqual({
      seq: 1,
      key: ['c'],
      what: 'there',
      column: '',
      wrote: null,
      now: null,
    });
    expect(outlook.moved[2]).toMatchObject({ seq: 2, key: ['d'], what: 'gone' });
    await store.close();
  });
  it('a value that was added to and moved on stops no undo; a set one and a row that is gone do', async () => {
    const { store, patch, disturb } = await prepare(harness, START, DELTA);
    await store.apply(patch, by);
    await disturb({ user_id: 'a' }, { total: '50.00' });
    expect(await store.undoOutlook(patch)).toMatchObject({ unmoved: 2, movedSeqs: [] });
    await disturb({ user_id: 'a' }, { total: '51.00', events: '9' });
    await disturb({ user_id: 'b' }, null);
    const outlook = await store.undoOutlook(patch);
    expect(outlook).toMatchObject({ unmoved: 0, movedSeqs: [0, 1] });
    expect(outlook.moved[0]).toMatchObject({ column: 'events', wrote: '2', now: '9' });
    await store.close();
  });
}

function partialUndoCases(harness: LiveHarness): void {
  it('puts back all but the rows left out, once', async () => {
    const { store, patch, read, disturb } = await prepare(harness);
    await store.apply(patch, by);
    await disturb({ user_id: 'a' }, { total: '7.00' });
    await expect(store.undo(patch, by)).rejects.toMatchObject({ code: 'patch.stale' });
    const { movedSeqs } = await store.undoOutlook(patch);
    expect(await store.undo(patch, { ...by, leaveOut: movedSeqs })).toBe('undone');
    const rest = START.rows.filter((each) => each.user_id !== 'a');
    expect(normal(await read())).toEqual(normal([row('a', '7.00', null, 'kept'), ...rest]));
    expect((await store.ledger(patch.header)).outcome).toBe('undone');
    const lines = await store.ledgerEntries();
    expect(lines.at(-1)).toMatchObject({ kind: 'undo', outcome: 'applied', rows: 2, leftOut: 1 });
    expect(await store.undo(patch, by)).toBe('already_undone');
    await expect(store.undoOutlook(patch)).rejects.toMatchObject({ code: 'patch.not_applied' });
    await store.close();
  });
  it('is guarded for the rows that are put back', async () => {
    const { store, patch, read, disturb } = await prepare(harness);
    await store.apply(patch, by);
    await disturb({ user_id: 'd' }, { total: '9.00' });
    const before = normal(await read());
    await expect(store.undo(patch, { ...by, leaveOut: [0] })).rejects.toMatchObject({ code: 'patch.stale' });
    expect(normal(await read())).toEqual(before);
    expect((await store.ledger(patch.header)).outcome).toBe('applied');
    await store.close();
  });
  it('knows only its own rows, and is not used up where none is left', async () => {
    const { store, patch, read } = await prepare(harness);
    await store.apply(patch, by);
    await expect(store.undo(patch, { ...by, leaveOut: [7] })).rejects.toMatchObject({
      code: 'patch.damaged',
    });
    expect(await store.undo(patch, { ...by, leaveOut: [0, 1, 2] })).toBe('nothing_to_apply');
    expect(normal(await read())).toEqual(normal(PATCHED));
    expect(await store.undo(patch, by)).toBe('undone');
    expect(normal(await read())).toEqual(normal(START.rows));
    await store.close();
  });
}

function ledgerCases(harness: LiveHarness): void {
  it('lists what was applied and undone, and settles what is asked', async () => {
    const { store, patch } = await prepare(harness);
    expect(await store.ledgerEntries()).toEqual([]);
    const none = await store.ledgerFingerprint();
    expect(await store.settle(patch.header)).toBe('not_applied');
    await store.apply(patch, by);
    expect(await store.settle(patch.header)).toBe('applied');
    const { transaction, ledgerId } = await store.ledger(patch.header);
    const [applied] = (await store.ledgerEntries()).filter((line) => line.outcome === 'applied');
    expect(applied).toMatchObject({
      patchId: patch.header.id,
      seal: patch.header.seal,
      kind: 'patch',
      undoes: null,
      rows: 3,
      leftOut: 0,
      author: 'Ann',
      approvedBy: 'Bo',
      transaction,
      auditHead: SIGNED.auditHead,
    });
    const once = await store.ledgerFingerprint();
    expect(once).not.toBe(none);
    expect(transaction).not.toBeNull();
    expect(ledgerId).not.toBeNull();
    await store.undo(patch, by);
    const lines = (await store.ledgerEntries()).filter((line) => line.outcome === 'applied');
    expect(lines.map(({ kind, undoes }) => [kind, undoes])).toEqual([
      ['patch', null],
      ['undo', patch.header.id],
    ]);
    expect(await store.settle(patch.header)).toBe('applied');
    const fingerprint = await store.ledgerFingerprint();
    expect(fingerprint).not.toBe(once);
    expect(await store.ledgerFingerprint()).toBe(fingerprint);
    await store.close();
  });
}
