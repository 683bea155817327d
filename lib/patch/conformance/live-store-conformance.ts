import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deltaSinceCases } from '#lib/patch/conformance/delta-conformance';
import { foresightCases } from '#lib/patch/conformance/foresight-conformance';
import {
  type ColumnSpec,
  type PatchRowSpec,
  type PatchSpec,
  sealedPatch,
} from '#lib/patch/conformance/patch-fixture';
import {
  by,
  EVENTS,
  type LiveHarness,
  type LiveUnderTest,
  normal,
  PATCH,
  PATCHED,
  prepare,
  row,
  START,
  type TableSpec,
  TOTAL,
  USER,
} from '#lib/patch/conformance/user-totals';
import type { ApplyProgress } from '#lib/patch/patch';

/** Runs the port's suite over one adapter: `liveStoreConformance({ name: 'PostgreSQL', create })` in a test file. */
export function liveStoreConformance(harness: LiveHarness): void {
  describe(`live store conformance: ${harness.name}`, () => {
    applyCases(harness);
    staleCases(harness);
    undoCases(harness);
    deltaCases(harness);
    deltaSinceCases(harness);
    readCases(harness);
    foresightCases(harness);
  });
}

function applyCases(harness: LiveHarness): void {
  it('writes updates, inserts and deletes, and leaves the rest alone', async () => {
    const { store, patch, read } = await prepare(harness);
    const seen: ApplyProgress[] = [];
    const status = await store.apply(patch, { ...by, onProgress: (progress) => void seen.push(progress) });
    expect(status).toBe('applied');
    expect(normal(await read())).toEqual(normal(PATCHED));
    expect(await store.verify(patch)).toEqual({ cells: 3, match: 3, differ: 0, moved: 0 });
    const steps = [...new Set(seen.map((progress) => progress.step))];
    expect(steps).toContain('lock');
    expect(steps).toContain('commit');
    await store.close();
  });

  it('tells once when it was committed, not before its line in the ledger was filed', async () => {
    const { store, patch } = await prepare(harness);
    const told: string[] = [];
    const onCommitted = (at: string): void => void told.push(at);
    await store.apply(patch, { ...by, onCommitted });
    expect(await store.apply(patch, { ...by, onCommitted })).toBe('already_applied');
    expect(told).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)]);
    const { appliedAt } = await store.ledger(patch.header);
    expect([told[0], appliedAt].toSorted()).toEqual([appliedAt, told[0]]);
    await store.undo(patch, { ...by, onCommitted });
    expect(told.length).toBe(2);
    await store.close();
  });

  it('records who stood behind it', async () => {
    const { store, patch } = await prepare(harness);
    expect(await store.ledger(patch.header)).toMatchObject({
      outcome: 'none',
      author: null,
      appliedAt: null,
    });
    await store.apply(patch, by);
    const entry = await store.ledger(patch.header);
    expect(entry).toMatchObject({
      seal: patch.header.seal,
      outcome: 'applied',
      author: 'Ann',
      approvedBy: 'Bo',
    });
    expect(entry.appliedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    await store.close();
  });

  it('applies once: the second time is already_applied, whatever happened to the rows', async () => {
    const { store, patch, read, disturb } = await prepare(harness);
    await store.apply(patch, by);
    await disturb({ user_id: 'a' }, { total: '77.00' });
    expect(await store.apply(patch, by)).toBe('already_applied');
    expect((await read()).find((r) => r.user_id === 'a')).toMatchObject({ total: '77.00' });
    expect(await store.verify(patch)).toEqual({ cells: 3, match: 2, differ: 1, moved: 0 });
    await store.close();
  });

  it('has nothing to apply where the patch has no rows', async () => {
    const { store, patch, read } = await prepare(harness, START, { ...PATCH, rows: [] });
    expect(await store.apply(patch, by)).toBe('nothing_to_apply');
    expect(await store.undo(patch, by)).toBe('nothing_to_apply');
    expect(await store.verify(patch)).toEqual({ cells: 0, match: 0, differ: 0, moved: 0 });
    expect(normal(await read())).toEqual(normal(START.rows));
    await store.close();
  });

  it('a throw of beforeCommit or a raised signal writes nothing', async () => {
    const { store, patch, read } = await prepare(harness);
    const refuse = async (): Promise<void> => {
      throw new Error('the records are away');
    };
    await expect(store.apply(patch, { ...by, beforeCommit: refuse })).rejects.toThrow('the records are away');
    const signal = AbortSignal.abort();
    await expect(store.apply(patch, { ...by, signal })).rejects.toMatchObject({ code: 'run.cancelled' });
    expect(normal(await read())).toEqual(normal(START.rows));
    expect((await store.ledger(patch.header)).outcome).toBe('none');
    expect(await store.apply(patch, by)).toBe('applied');
    await store.close();
  });

  it('knows a row by all of its keys: rows that share one of them are others', async () => {
    const live = await prepare(
      harness,
      {
        ...START,
        keys: ['user_id', 'events'],
        rows: [
          row('a', '1', '1', null),
          row('a', '1', '2', null),
          row('b', '1', '1', null),
          row('b', '1', '2', null),
        ],
      },
      {
        keys: [USER, EVENTS],
        measures: [TOTAL],
        rows: [
          { op: 'update', key: ['a', '1'], before: ['1'], after: ['5'] },
          { op: 'delete', key: ['b', '2'], before: ['1'] },
          { op: 'insert', key: ['c', '1'], after: ['7'] },
        ],
      },
    );
    const { store, patch, read } = live;
    const before = normal(await read());
    expect(await store.apply(patch, by)).toBe('applied');
    expect(normal(await read())).toEqual(
      normal([
        row('a', '5', '1', null),
        row('a', '1', '2', null),
        row('b', '1', '1', null),
        row('c', '7', '1', null),
      ]),
    );
    expect(await store.verify(patch)).toEqual({ cells: 3, match: 3, differ: 0, moved: 0 });
    expect(await store.undo(patch, by)).toBe('undone');
    expect(normal(await read())).toEqual(before);
    await store.close();
  });

  it('takes keys of any text', async () => {
    const hostile = [
      "o'hara",
      'a,b',
      'two\nlines',
      'say "x"',
      '',
      ' x ',
      '\\N',
      'NULL',
      '{}',
      '名前 🙂',
      'a\tb',
      "'; drop",
    ];
    const table: TableSpec = {
      ...START,
      rows: hostile.filter((_, i) => i % 2 === 0).map((key) => row(key, '1.00', '1', key)),
    };
    const rows = hostile.map((key, i): PatchRowSpec => {
      if (i % 2 === 1) return { op: 'insert', key: [key], after: ['2', '2'] };
      return { op: 'update', key: [key], before: ['1', '1'], after: ['2', '2'] };
    });
    const { store, patch, read } = await prepare(harness, table, { ...PATCH, rows });
    expect(await store.apply(patch, by)).toBe('applied');
    const want = hostile.map((key, i) => row(key, '2', '2', i % 2 === 0 ? key : null));
    expect(normal(await read())).toEqual(normal(want));
    expect(await store.undo(patch, by)).toBe('undone');
    expect(normal(await read())).toEqual(normal(table.rows));
    await store.close();
  });
}

function staleCases(harness: LiveHarness): void {
  const stale = async (change: (live: LiveUnderTest) => Promise<void>, key: string): Promise<void> => {
    const live = await prepare(harness);
    await change(live);
    const before = normal(await live.read());
    const failure = await live.store.apply(live.patch, by).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'patch.stale' });
    const { rows } = (failure as { details: { rows: string[] } }).details;
    expect(rows.length).toBe(1);
    expect(rows[0]).toContain(key);
    expect(normal(await live.read())).toEqual(before);
    expect((await live.store.ledger(live.patch.header)).outcome).toBe('none');
    await live.store.close();
  };
  it('refuses when a row to update moved', () =>
    stale((live) => live.disturb({ user_id: 'a' }, { total: '1.01' }), 'a'));
  it('refuses when a row to update is gone', () =>
    stale((live) => live.disturb({ user_id: 'a' }, null), 'a'));
  it('refuses when a value to update became NULL', () =>
    stale((live) => live.disturb({ user_id: 'a' }, { events: null }), 'a'));
  it('refuses when a row to delete moved', () =>
    stale((live) => live.disturb({ user_id: 'c' }, { events: '4' }), 'c'));
  it('refuses when a row to insert is there', () =>
    stale((live) => live.add(row('d', '-4.25', '4', null)), 'd'));
  it('does not mind a column that is not patched', async () => {
    const live = await prepare(harness);
    await live.disturb({ user_id: 'a' }, { note: 'written by somebody' });
    expect(await live.store.apply(live.patch, by)).toBe('applied');
    expect((await live.read()).find((r) => r.user_id === 'a')).toMatchObject({ note: 'written by somebody' });
    await live.store.close();
  });
  it('guards by value: 0.30 is 0.3, and a timestamp key is an instant', async () => {
    const hour: ColumnSpec = { name: 'hour', type: 'TIMESTAMP WITH TIME ZONE' };
    const score: ColumnSpec = { name: 'score', type: 'DOUBLE' };
    const at = '2024-06-10T12:00:00.000001Z';
    const live = await prepare(
      harness,
      {
        columns: [USER, hour, TOTAL, score],
        keys: ['user_id', 'hour'],
        unique: true,
        rows: [{ user_id: 'a', hour: at, total: '0.30', score: '0.1' }],
      },
      {
        keys: [USER, hour],
        measures: [TOTAL, score],
        rows: [
          { op: 'update', key: ['a', at], before: ['0.3', '0.1'], after: ['0.4', '0.30000000000000004'] },
        ],
      },
    );
    expect(await live.store.apply(live.patch, by)).toBe('applied');
    expect(normal(await live.read())).toEqual(
      normal([{ user_id: 'a', hour: at, total: '0.40', score: '0.30000000000000004' }]),
    );
    await live.store.close();
  });
}

function undoCases(harness: LiveHarness): void {
  it('undoes: every column of a deleted row is back', async () => {
    const { store, patch, read } = await prepare(harness);
    await store.apply(patch, by);
    expect(await store.undo(patch, by)).toBe('undone');
    expect(normal(await read())).toEqual(normal(START.rows));
    expect((await store.ledger(patch.header)).outcome).toBe('undone');
    expect(await store.undo(patch, by)).toBe('already_undone');
    await expect(store.apply(patch, by)).rejects.toMatchObject({ code: 'patch.undone' });
    await expect(store.verify(patch)).rejects.toMatchObject({ code: 'patch.not_applied' });
    expect(normal(await read())).toEqual(normal(START.rows));
    await store.close();
  });
  it('undoes nothing when a patched row moved since', async () => {
    const { store, patch, read, disturb } = await prepare(harness);
    await store.apply(patch, by);
    await disturb({ user_id: 'd' }, { total: '9.00' });
    const before = normal(await read());
    await expect(store.undo(patch, by)).rejects.toMatchObject({ code: 'patch.stale' });
    expect(normal(await read())).toEqual(before);
    expect((await store.ledger(patch.header)).outcome).toBe('applied');
    await store.close();
  });
  it('cannot undo or verify what was not applied', async () => {
    const { store, patch } = await prepare(harness);
    await expect(store.undo(patch, by)).rejects.toMatchObject({ code: 'patch.not_applied' });
    await expect(store.verify(patch)).rejects.toMatchObject({ code: 'patch.not_applied' });
    await store.close();
  });
}

function deltaCases(harness: LiveHarness): void {
  const spec: PatchSpec = {
    keys: [USER],
    measures: [{ ...TOTAL, mode: 'delta' }, EVENTS],
    rows: [
      { op: 'update', key: ['a'], before: ['1.00', '1'], after: ['3.50', '2'], delta: ['2.50', null] },
      { op: 'insert', key: ['d'], after: ['4', '4'] },
    ],
  };
  const total = async (live: LiveUnderTest): Promise<string | null | undefined> =>
    normal((await live.read()).filter((r) => r.user_id === 'a').map((r) => ({ total: r.total ?? null })))[0];
  const is = (value: string): string | undefined => normal([{ total: value }])[0];

  it('adds a delta to what is there, and undo subtracts it', async () => {
    const live = await prepare(harness, START, spec);
    await live.disturb({ user_id: 'a' }, { total: '100.00' });
    expect(await live.store.apply(live.patch, by)).toBe('applied');
    expect(await total(live)).toBe(is('102.5'));
    expect(await live.store.verify(live.patch)).toEqual({ cells: 2, match: 2, differ: 0, moved: 0 });
    await live.disturb({ user_id: 'a' }, { total: '103.50' });
    expect(await live.store.verify(live.patch)).toEqual({ cells: 2, match: 1, differ: 0, moved: 1 });
    expect(await live.store.undo(live.patch, by)).toBe('undone');
    expect(await total(live)).toBe(is('101'));
    await live.store.close();
  });
  it('still guards the measures that are set, and the existence of the row', async () => {
    const live = await prepare(harness, START, spec);
    await live.disturb({ user_id: 'a' }, { events: '9' });
    await expect(live.store.apply(live.patch, by)).rejects.toMatchObject({ code: 'patch.stale' });
    await live.disturb({ user_id: 'a' }, null);
    await expect(live.store.apply(live.patch, by)).rejects.toMatchObject({ code: 'patch.stale' });
    await live.store.close();
  });
  it('adds nothing to a number that became NULL, and adds to one that was NULL all along', async () => {
    const live = await prepare(harness, START, spec);
    await live.disturb({ user_id: 'a' }, { total: null });
    await expect(live.store.apply(live.patch, by)).rejects.toMatchObject({ code: 'patch.stale' });
    expect(await total(live)).toBe(normal([{ total: null }])[0]);
    await live.store.close();
    const none = await prepare(
      harness,
      { ...START, rows: [row('a', null, '1', null)] },
      {
        ...spec,
        rows: [
          { op: 'update', key: ['a'], before: [null, '1'], after: ['2.50', '2'], delta: ['2.50', null] },
        ],
      },
    );
    expect(await none.store.apply(none.patch, by)).toBe('applied');
    expect(await total(none)).toBe(is('2.5'));
    await none.store.close();
  });
  it('never adds a delta twice, also when the same content was previewed twice', async () => {
    const live = await prepare(harness, START, spec);
    await live.store.apply(live.patch, by);
    const again = sealedPatch(await live.store.describe(), spec);
    const renamed = { ...again, header: { ...again.header, id: 'another-folder' } };
    expect(await live.store.apply(renamed, by)).toBe('already_applied');
    expect(await total(live)).toBe(is('3.5'));
    await live.store.close();
  });
}

function readCases(harness: LiveHarness): void {
  const dir = mkdtempSync(path.join(tmpdir(), 'recount-conformance-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('writes a snapshot as CSV: values quoted, NULL empty, the empty string ""', async () => {
    const { store } = await harness.create({
      ...START,
      rows: [row('a "b"', '1.50', '1', ''), row('c', null, '2', null)],
    });
    const to = path.join(dir, 'snapshot.csv');
    expect(await store.snapshot(['user_id', 'events', 'note'], {}, to)).toBe(2);
    const lines = readFileSync(to, 'utf8').trimEnd().split('\n');
    expect(lines[0]).toMatch(/^"?user_id"?,"?events"?,"?note"?$/);
    expect(lines.slice(1).sort()).toEqual(['"a ""b""","1",""', '"c","2",']);
    await store.close();
  });
  it('finds keys that occur twice, and counts NULL keys', async () => {
    const { store } = await harness.create({
      ...START,
      unique: false,
      rows: [
        row('a', '1', '1', null),
        row('a', '2', '1', null),
        { ...row('x', '1', '1', null), user_id: null },
      ],
    });
    expect(await store.repeatedKeys(['user_id'], 10)).toEqual([['a']]);
    expect(await store.countNullKeys(['user_id'])).toBe(1);
    await store.close();
  });
  it('describes the table', async () => {
    const { store } = await harness.create(START);
    const table = await store.describe();
    expect(table.columns.map((column) => column.name)).toEqual(['user_id', 'total', 'events', 'note']);
    expect(table.notWritable).toEqual([]);
    await store.close();
  });
}
