import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checked } from '#lib/recovery/http/http';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import {
  doJob,
  type Prepared,
  prepareFile,
  preparePostgres,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { listPatchRows } from '#lib/recovery/patches/read-patch-rows';
import { showReport } from '#lib/recovery/reports/read-report';
import { reportOfRun } from '#lib/recovery/reports/report-of-run';
import { LeaveOutInput, leaveOutRows, RestoreInput } from '#lib/recovery/runs/leave-out-rows';
import { readRun } from '#lib/recovery/runs/read-run';
import { listDiscrepancies, showCell } from '#lib/recovery/runs/read-run-files';
import { restoreRows } from '#lib/recovery/runs/restore-rows';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

// rows of every run here: 0 `=ben` +2.25, 1 `ann` +1.25, 2 `c"o,l` +3.50, not in live
const leave = (runId: string, what: object) =>
  leaveOutRows(test.context, checked(LeaveOutInput, { id: runId, ...what }));
const restore = (runId: string, what: object) =>
  restoreRows(test.context, checked(RestoreInput, { id: runId, ...what }));
const propose = ({ runId }: Prepared) => proposePatch(test.context, { id: runId });
const actions = async (runId: string): Promise<string[]> =>
  (
    await test.context.store.audit.findMany({
      where: { subject: `run ${runId}`, action: { startsWith: 'run.' } },
      orderBy: { seq: 'asc' },
    })
  ).map((line) => line.action);
const folders = (): string[] => {
  const dir = path.join(test.context.env.dataDir, 'patches');
  return existsSync(dir) ? readdirSync(dir) : [];
};

async function applied(patch: Awaited<ReturnType<typeof propose>>) {
  const { id, seal, target } = patch;
  await approvePatch(test.context, { id, seal, reason: 'checked' });
  await applyPatch(test.context, { id, seal, confirm: target });
  await doJob(test, 'apply', id);
  await doJob(test, 'verify', id);
  return showPatch(test.context, { id });
}

describe('choosing', () => {
  let prepared: Prepared;
  beforeAll(async () => {
    prepared = await preparePostgres(test);
  }, 60_000);

  it('needs a reason, and rows that the patch writes', async () => {
    const { runId } = prepared;
    expect(() => checked(LeaveOutInput, { id: runId, rows: [0] })).toThrow(/reason/);
    expect(() => checked(LeaveOutInput, { id: runId, rows: [0], reason: '  ' })).toThrow(/reason/);
    expect(() => checked(LeaveOutInput, { id: runId, reason: 'why' })).toThrow(/either/);
    expect(() => checked(LeaveOutInput, { id: runId, rows: [0], filter: {}, reason: 'why' })).toThrow(
      /either/,
    );
    await expect(leave(runId, { rows: [0, 3], reason: 'why' })).rejects.toThrow(/row 3/);
    expect((await readRun(test.context, { id: runId })).leftOut).toEqual({
      rows: 0,
      reasons: [],
      before: null,
    });
  });

  it('marks the row, counts it and filters by it; the last reason stands', async () => {
    const { runId } = prepared;
    await leave(runId, { rows: [1], reason: 'first word' });
    const run = await leave(runId, { rows: [1, 1], reason: ' test account ' });
    expect(run.leftOut).toEqual({ rows: 1, reasons: ['test account'], before: null });
    const page = await listDiscrepancies(test.context, { id: runId });
    expect(page.rows.map((row) => row.leftOut)).toEqual([null, 'test account', null]);
    expect(page.counts).toMatchObject({ all: 3, low: 2, missing: 1, leftout: 1 });
    const only = await listDiscrepancies(test.context, { id: runId, kind: 'leftout' });
    expect(page.patch).toEqual({ writes: 2, leftOut: 1 });
    expect(only).toMatchObject({
      total: 1,
      patch: { writes: 0, leftOut: 1 },
      rows: [{ row: 1, keys: ['ann'] }],
    });
    expect((await showCell(test.context, { id: runId, row: 1 })).row.leftOut).toBe('test account');
  });

  it('takes what a filter shows, without touching what is out already; and puts it back', async () => {
    const { runId } = prepared;
    const run = await leave(runId, { filter: { kind: 'low' }, reason: 'owner decides' });
    expect(run.leftOut.rows).toBe(2);
    const page = await listDiscrepancies(test.context, { id: runId });
    expect(page.rows.map((row) => row.leftOut)).toEqual(['owner decides', 'test account', null]);
    expect((await restore(runId, { filter: { kind: 'leftout', q: 'BEN' } })).leftOut.rows).toBe(1);
    expect((await restore(runId, { rows: [0, 1, 2] })).leftOut.rows).toBe(0);
    expect((await restore(runId, { rows: [0] })).leftOut.rows).toBe(0);
    expect(await actions(runId)).toEqual([
      ...Array(3).fill('run.leave_out'),
      ...Array(2).fill('run.restore'),
    ]);
  });

  it('refuses a patch without a row, and leaves no files', async () => {
    await leave(prepared.runId, { filter: {}, reason: 'all of them' });
    await expect(propose(prepared)).rejects.toMatchObject({ code: 'patch.nothing' });
    expect(folders()).toEqual([]);
    await restore(prepared.runId, { filter: {} });
  });
});

describe('a patch without them', () => {
  it('is sealed anew, writes and proves the others alone, and the report says so', async () => {
    const prepared = await preparePostgres(test);
    const { runId } = prepared;
    const before = await prepared.read();
    const run = await readRun(test.context, { id: runId });
    await leave(runId, { rows: [0], reason: 'Owner corrects it' });
    const patch = await propose(prepared);
    expect(patch).toMatchObject({
      counts: { updates: 1, inserts: 1, deletes: 0 },
      net: [{ measure: 'total', net: '4.75', plus: '4.75', minus: '0.00' }],
    });
    expect(patch.seal).not.toBe(run.summary?.patch.seal);
    const rows = await listPatchRows(test.context, { id: patch.id, offset: 0, limit: 10 });
    expect(rows).toMatchObject({ total: 2, rows: [{ keys: ['ann'] }, { keys: ['c"o,l'] }] });
    // the choice is settled while the patch stands
    for (const change of [
      () => leave(runId, { rows: [1], reason: 'x' }),
      () => restore(runId, { rows: [0] }),
    ])
      await expect(change()).rejects.toMatchObject({
        code: 'patch.state',
        fix: expect.stringContaining('Withdraw'),
      });
    expect((await propose(prepared)).id).toBe(patch.id);
    expect(folders()).toEqual([patch.id]);

    const written = await applied(patch);
    expect(written).toMatchObject({ state: 'verified', verification: { cells: 2, match: 2, differ: 0 } });
    expect(await prepared.read()).toEqual({ ...before, ann: '1.50', 'c"o,l': '3.50' });

    const report = await showReport(test.context, { ref: prepared.incidentId });
    expect(report).toMatchObject({
      counts: { updates: 1, inserts: 1, deletes: 0 },
      net: [{ measure: 'total', net: '4.75' }],
      leftOut: [{ reason: 'Left out: Owner corrects it. Not written, net: total +2.25.', rows: 1 }],
    });
    expect(report.lead).toContain('1 row was left out by the operator.');
    expect(report.largest.map((row) => row.keys[0])).toEqual(['c"o,l', 'ann']);
    expect(report.log.map((line) => line.words)).toContain(
      'left 1 row out of the patch: “Owner corrects it”',
    );
    await expect(leave(runId, { rows: [1], reason: 'x' })).rejects.toMatchObject({ code: 'patch.state' });
  }, 60_000);

  it('can be chosen again once it is withdrawn; the old seal does not stand', async () => {
    const prepared = await preparePostgres(test);
    const standing = async () => (await readRun(test.context, { id: prepared.runId })).patch;
    await leave(prepared.runId, { rows: [2], reason: 'one' });
    const first = await propose(prepared);
    expect(await standing()).toEqual({ id: first.id, number: first.number, stage: 'review' });
    await cancelApply(test.context, { id: first.id });
    expect(await standing()).toBeNull();
    await restore(prepared.runId, { rows: [2] });
    const whole = await propose(prepared);
    expect(whole.seal).toBe((await readRun(test.context, { id: prepared.runId })).summary?.patch.seal);
    await expect(
      approvePatch(test.context, { id: first.id, seal: first.seal, reason: 'late' }),
    ).rejects.toMatchObject({ code: 'patch.state' });
    await cancelApply(test.context, { id: whole.id });
    await leave(prepared.runId, { rows: [2], reason: 'other words' });
    // the same rows give the same seal, whatever the reason
    expect((await propose(prepared)).seal).toBe(first.seal);
  }, 60_000);

  it('writes a file as well, and its folder is enough for the command line', async () => {
    const prepared = await prepareFile(test);
    await leave(prepared.runId, { rows: [1], reason: 'by hand?' });
    const patch = await propose(prepared);
    expect(await applied(patch)).toMatchObject({ state: 'verified', counts: { updates: 1, inserts: 1 } });
    const dir = path.join(test.context.env.dataDir, 'patches', patch.id);
    const leftOut = await reportOfRun(
      dir,
      test.context.env,
      () => undefined,
      async ({ report }) => report.leftOut,
    );
    expect(leftOut).toEqual([{ reason: 'Left out: by hand? Not written, net: total +1.25.', rows: 1 }]);
  }, 60_000);

  it('is not made where the choice changes while it is sealed', async () => {
    const prepared = await preparePostgres(test);
    await leave(prepared.runId, { rows: [0], reason: 'one' });
    const results = await Promise.allSettled([
      propose(prepared),
      ...[1, 2].map((row) => leave(prepared.runId, { rows: [row], reason: 'race' })),
    ]);
    const left = (await readRun(test.context, { id: prepared.runId })).leftOut.rows;
    const standing = await test.context.store.patch.findFirst({ where: { runId: prepared.runId } });
    if (standing !== null) expect(standing.updates + standing.inserts).toBe(3 - left);
    else
      expect(results[0]).toMatchObject({ reason: { code: expect.stringMatching(/conflict|patch.nothing/) } });
  }, 60_000);

  it('is refused where another choice of the same preview was tried and the live store holds it', async () => {
    const prepared = await preparePostgres(test);
    const patch = await propose(prepared);
    await applied(patch);
    // a record that gave up too early: what the ledger says stands above it
    await test.context.store.patch.update({ where: { id: patch.id }, data: { state: 'failed' } });
    await leave(prepared.runId, { rows: [0], reason: 'refused row' });
    await expect(propose(prepared)).rejects.toThrow(/holds patch/);
    const [{ n }] = (await sql(
      test.url,
      `select count(*)::int as n from recount.patch_ledger where seal = '${patch.seal}'`,
    )) as [{ n: number }];
    expect(n).toBe(1);
  }, 60_000);
});
