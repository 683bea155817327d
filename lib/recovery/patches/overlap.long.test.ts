import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PatchView } from '#lib/patch/patch';
import { downloadPatchLedgerSql } from '#lib/recovery/live-stores/download-ledger-sql';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import { exportPatchSql } from '#lib/recovery/patches/export-sql';
import { listOverlaps } from '#lib/recovery/patches/list-overlaps';
import {
  doJob,
  type Prepared,
  prepareBeside,
  prepareFile,
  preparePostgres,
  previewAgain,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// Several patches on the same rows, and many hands on one patch.

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const view = ({ id }: { id: string }): Promise<PatchView> => showPatch(test.context, { id });
const propose = ({ runId }: { runId: string }) => proposePatch(test.context, { id: runId });
const approve = ({ id, seal }: PatchView, actor = test.context.actor) =>
  approvePatch({ ...test.context, actor }, { id, seal, reason: 'looked at it' });
const start = ({ id, seal, target }: PatchView) => applyPatch(test.context, { id, seal, confirm: target });
/** Prisma's: no transaction could be begun in time. */
const BUSY = 'P2028';
const codesOf = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
const named = ({ id, number, state }: PatchView) => ({
  code: 'patch.overlap',
  details: { patch: expect.objectContaining({ id, number, state }) },
});

async function write(patch: PatchView): Promise<PatchView> {
  await approve(patch);
  await start(patch);
  await doJob(test, 'apply', patch.id);
  return view(patch);
}

it.each([
  ['a PostgreSQL table', () => preparePostgres(test)],
  ['a file', () => prepareFile(test)],
])(
  'refuses a second patch on the same rows of %s while the first is approved or written',
  async (_, prepare) => {
    const prepared: Prepared = await prepare();
    const beside = await prepareBeside(test, prepared);
    const first = await propose(prepared);
    expect(await listOverlaps(test.context, { id: first.id })).toEqual({ overlaps: [] });
    // both may be reviewed; only one may be approved
    const second = await propose(beside);
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const { overlaps } = await listOverlaps(test.context, { id: one.id });
      expect(overlaps).toMatchObject([{ id: other.id, number: other.number, state: 'proposed', rows: 3 }]);
    }
    const approved = await approve(first);
    await expect(approve(second)).rejects.toMatchObject(named(approved));
    expect((await view(second)).state).toBe('proposed');
    expect((await view(second)).approvals).toEqual([]);
    await cancelApply(test.context, { id: second.id });
    await expect(propose(beside)).rejects.toMatchObject(named(approved));
    const applying = await start(first);
    await expect(propose(beside)).rejects.toMatchObject(named(applying));
    await doJob(test, 'apply', first.id);
    expect((await view(first)).state).toBe('applied');
    expect(await listOverlaps(test.context, { id: first.id })).toEqual({ overlaps: [] });
    // sent again, its before-values are not there any more
    const late = await propose(beside);
    expect((await write(late)).state).toBe('stale');
  },
  90_000,
);

it('lets patches of other rows and of other tables be', async () => {
  const [one, other] = [await preparePostgres(test), await preparePostgres(test)];
  const [first, second] = [await propose(one), await propose(other)];
  await approve(first);
  expect((await approve(second)).state).toBe('approved');
  await sql(
    test.url,
    `update ${one.target} set total = case user_id when 'ann' then 1.50 when '=ben' then 2.50 else total end;
     update ${one.target} set total = 0 where user_id = 'jon'`,
  );
  // the first incident's patch would be stale; this one writes jon and the missing row
  const beside = await prepareBeside(test, one);
  await sql(test.url, `insert into ${one.target} values ('c"o,l', 3.50)`);
  const jon = await propose({ runId: await previewAgain(test, beside.incidentId) });
  expect(jon.counts).toEqual({ updates: 1, inserts: 0, deletes: 0 });
  expect((await approve(jon)).state).toBe('approved');
}, 90_000);

it('of two overlapping patches that are approved at once, approves one', async () => {
  const prepared = await preparePostgres(test);
  const patches = [await propose(prepared), await propose(await prepareBeside(test, prepared))];
  const results = await Promise.allSettled(patches.map((patch) => approve(patch)));
  expect(codesOf(results)).toEqual(['patch.overlap']);
  const states = await Promise.all(patches.map(async (patch) => (await view(patch)).state));
  expect(states.sort()).toEqual(['approved', 'proposed']);
}, 60_000);

it('adds nothing twice: an older delta over rows that a newer patch corrected is out of date', async () => {
  const prepared = await preparePostgres(test, 'running');
  const beside = await prepareBeside(test, prepared, 'running');
  const older = await propose(prepared);
  const newer = await propose(beside);
  expect((await write(newer)).state).toBe('applied');
  const right = await prepared.read();
  expect(right.ann).toBe('1.50');
  const stale = await write(older);
  expect(stale).toMatchObject({ state: 'stale', error: { code: 'patch.stale' } });
  expect(stale.error?.message).toContain(`Patch ${newer.number} was written after this one was made`);
  expect(stale.error?.rows).toContain('ann');
  expect(await prepared.read()).toEqual(right);
  // a preview that saw the newer patch is not out of date
  await sql(test.url, `update ${prepared.target} set total = total - 1 where user_id = 'ann'`);
  const again = await propose({ runId: await previewAgain(test, prepared.incidentId) });
  expect((await write(again)).state).toBe('applied');
  expect((await prepared.read()).ann).toBe('1.50');
}, 90_000);

it('is approved once and written once by two hundred who press at once', async () => {
  const prepared = await preparePostgres(test);
  const patch = await propose(prepared);
  const people = [test.context.actor, { ...test.context.actor, id: 'mira', name: 'Mira' }];
  const approvals = await Promise.allSettled(
    Array.from({ length: 200 }, (_, i) =>
      approve(i % 5 === 0 ? { ...patch, seal: 'f'.repeat(64) } : patch, people[i % 2]),
    ),
  );
  const codes = codesOf(approvals);
  expect(codes).toHaveLength(199);
  // on a busy machine the records' sessions may not do for all of them in time: then they are refused, too
  expect(new Set(codes.filter((code) => code !== BUSY))).toEqual(new Set(['patch.seal', 'patch.state']));
  expect((await view(patch)).approvals).toHaveLength(1);
  const starts = await Promise.allSettled(Array.from({ length: 200 }, () => start(patch)));
  expect(codesOf(starts)).toHaveLength(199);
  expect(new Set(codesOf(starts).filter((code) => code !== BUSY))).toEqual(new Set(['patch.state']));
  await Promise.all([doJob(test, 'apply', patch.id), doJob(test, 'apply', patch.id)]);
  expect((await view(patch)).state).toBe('applied');
  const lines = await sql(test.url, `select outcome from recount.patch_ledger where seal = '${patch.seal}'`);
  expect(lines).toEqual([{ outcome: 'applied' }]);
  const audit = await test.context.store.audit.groupBy({
    by: ['action'],
    where: { subject: `patch ${patch.id}` },
    _count: true,
  });
  expect(Object.fromEntries(audit.map(({ action, _count }) => [action, _count]))).toEqual({
    'patch.propose': 1,
    'patch.approve': 1,
    'patch.apply': 1,
    'patch.applied': 1,
  });
}, 120_000);

it('is handed out as one SQL file once it is approved; run by a DBA it is written once', async () => {
  const prepared = await preparePostgres(test);
  const patch = await propose(prepared);
  await expect(exportPatchSql(test.context, patch)).rejects.toMatchObject({ code: 'patch.state' });
  await write(await propose(await preparePostgres(test))); // the ledger is there now
  await approve(patch);
  const answer = await exportPatchSql(test.context, patch);
  expect(answer.headers.get('content-disposition')).toMatch(
    /attachment; filename="p-[0-9a-f]{6}-for-dba\.sql"/,
  );
  await sql(test.url, await answer.text());
  expect(await prepared.read()).toMatchObject({ ann: '1.50', '=ben': '2.50' });
  // Recount finds it in the ledger, and writes nothing again
  await start(patch);
  await doJob(test, 'apply', patch.id);
  expect((await view(patch)).state).toBe('applied');
  expect(await prepared.read()).toMatchObject({ ann: '1.50', '=ben': '2.50' });
  const undo = await proposeUndo(test.context, { id: patch.id, choice: 'all', reason: 'wrong' });
  await approve(undo);
  await expect(exportPatchSql(test.context, undo)).rejects.toMatchObject({ code: 'patch.export' });
}, 60_000);

it('gives a DBA the script of the ledger, for the role that Recount signs in with', async () => {
  const prepared = await preparePostgres(test);
  const patch = await propose(prepared);
  const script = await (await downloadPatchLedgerSql(test.context, { id: patch.id })).text();
  expect(script).toContain('CREATE TABLE IF NOT EXISTS recount.patch_ledger');
  expect(script).toContain(`live_${prepared.target.replace('shop.', '')}`);
  const file = await propose(await prepareFile(test));
  await expect(downloadPatchLedgerSql(test.context, { id: file.id })).rejects.toMatchObject({
    code: 'not_found',
  });
  const undone = await exportPatchSql(test.context, await approve(file)).catch((e) => e);
  expect(undone).toMatchObject({ code: 'patch.export' });
}, 60_000);
