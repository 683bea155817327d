import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { PatchView } from '#lib/patch/patch';
import { recordFinding } from '#lib/recovery/jobs/ledger-record';
import { acknowledgeAlarm } from '#lib/recovery/patches/acknowledge-alarm';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import { changeVerifySchedule } from '#lib/recovery/patches/change-verify-schedule';
import { doJob, type Prepared, prepareFile, previewAgain } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
let other: pg.Client;
let live: Prepared;
let standing: PatchView;
beforeAll(async () => {
  test = await openTestContext();
  other = new pg.Client({ connectionString: test.url });
  await other.connect();
  live = await prepareFile(test);
  standing = await applied();
}, 90_000);
afterAll(async () => {
  await other.end();
  await test.close();
});

const approve = ({ id, seal }: PatchView) => approvePatch(test.context, { id, seal, reason: 'checked' });
const start = ({ id, seal, target }: PatchView) => applyPatch(test.context, { id, seal, confirm: target });

async function applied(): Promise<PatchView> {
  const patch = await proposePatch(test.context, { id: live.runId });
  await approve(patch);
  await start(patch);
  await doJob(test, 'apply', patch.id);
  await doJob(test, 'verify', patch.id);
  return patch;
}

/** A change of another one's holds the incident and comes to the patch later: who waits for it must not have the patch. */
async function besides(patch: PatchView, change: () => Promise<unknown>): Promise<unknown> {
  await other.query('begin');
  await other.query(`set local lock_timeout = '3s'`);
  await other.query('select 1 from incident where id = $1 for update', [patch.incidentId]);
  const work = change().then(
    () => null,
    (error: unknown) => error,
  );
  const waiting = async () =>
    (await other.query(`select 1 from pg_locks where not granted and locktype in ('tuple', 'transactionid')`))
      .rowCount;
  await expect.poll(waiting, { timeout: 10_000, interval: 50 }).toBeGreaterThan(0);
  await other.query('update patch set created_at = created_at where id = $1', [patch.id]);
  await other.query('commit');
  return work;
}

it('what changes an applied patch takes the incident first', async () => {
  const { id } = standing;
  const { store } = test.context;
  const alarm = { kind: 'differs', message: 'x', at: 'x', rows: [], acknowledged: null };
  await store.patch.update({ where: { id }, data: { alarm } });
  const changes: [string, () => Promise<unknown>][] = [
    ['acknowledge', () => acknowledgeAlarm(test.context, { id, reason: 'as it should be' })],
    ['schedule', () => changeVerifySchedule(test.context, { id, every: '6h' })],
    ['compare', () => doJob(test, 'verify', id)],
    ['undo', () => proposeUndo(test.context, { id, choice: 'all', reason: 'as it was' })],
    ['ledger', () => recordFinding(test.context, { id, edge: 'vanish', line: null })],
  ];
  for (const [name, change] of changes) expect([name, await besides(standing, change)]).toEqual([name, null]);
}, 60_000);

it('so do approve, apply, withdraw, and what the worker records', async () => {
  live = await prepareFile(test);
  const patch = await proposePatch(test.context, { id: live.runId });
  expect(await besides(patch, () => approve(patch))).toBeNull();
  expect(await besides(patch, () => cancelApply(test.context, patch))).toBeNull();
  const again = await proposePatch(test.context, { id: await previewAgain(test, live.incidentId) });
  await approve(again);
  expect(await besides(again, () => start(again))).toBeNull();
  expect(await besides(again, () => doJob(test, 'apply', again.id))).toBeNull();
}, 60_000);

it('a change that was rolled back for another one is made again, and in the end says why not', async () => {
  const { store } = test.context;
  let times = 0;
  const change = (failing: number) =>
    changeRecords(store, async (tx) => {
      times += 1;
      await tx.person.create({ data: { id: `p${failing}`, name: 'P' } });
      if (times <= failing)
        await tx.$executeRawUnsafe(
          `do $$ begin raise exception 'met another' using errcode = '40P01'; end $$`,
        );
      return times;
    });
  expect(await change(2)).toBe(3);
  times = 0;
  await expect(change(99)).rejects.toThrow('met another');
  expect(times).toBe(5);
  expect(await store.person.findMany({ where: { name: 'P' } })).toHaveLength(1);
}, 30_000);
