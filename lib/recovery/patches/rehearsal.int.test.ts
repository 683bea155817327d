import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PatchView } from '#lib/patch/patch';
import { reconcileJobs } from '#lib/recovery/jobs/jobs-reconcile';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import { cancelRehearsal } from '#lib/recovery/patches/cancel-rehearsal';
import { doJob, prepareFile, preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { preflightPatch } from '#lib/recovery/patches/preflight-patch';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { rehearsePatch } from '#lib/recovery/patches/rehearse-patch';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// What is known of a patch before it is written, on a real PostgreSQL table and a real file.

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const view = ({ id }: { id: string }): Promise<PatchView> => showPatch(test.context, { id });
const propose = ({ runId }: { runId: string }) => proposePatch(test.context, { id: runId });
const ask = ({ id, seal }: PatchView, limitMs = 10_000) => rehearsePatch(test.context, { id, seal, limitMs });
const standing = ({ id }: PatchView) =>
  test.context.store.rehearsal.findFirstOrThrow({ where: { patchId: id }, orderBy: { createdAt: 'desc' } });
const actions = async (id: string): Promise<string[]> =>
  (
    await test.context.store.audit.findMany({ where: { subject: `patch ${id}` }, orderBy: { seq: 'asc' } })
  ).map(({ action }) => action.replace('patch.', ''));

async function held(patch: PatchView): Promise<PatchView> {
  await ask(patch);
  await doJob(test, 'rehearse', (await standing(patch)).id);
  return view(patch);
}

/** Holds a row of a table until `free`. */
async function holdRow(target: string): Promise<{ free(): Promise<void> }> {
  const other = new pg.Client({ connectionString: test.url });
  await other.connect();
  await other.query('begin');
  await other.query(`select from ${target} where user_id = 'ann' for update`);
  return {
    free: async () => {
      await other.query('rollback');
      await other.end();
    },
  };
}

const STORES = [
  ['a PostgreSQL table', () => preparePostgres(test)],
  ['a file', () => prepareFile(test)],
] as const;

describe.each(STORES)('of %s', (_, prepare) => {
  it('does all but the commit, before and after the approval, and of an undo', async () => {
    const prepared = await prepare();
    const before = await prepared.read();
    const patch = await propose(prepared);
    const asked = await ask(patch);
    expect(asked.rehearsal).toMatchObject({ state: 'queued', seal: patch.seal, result: null, error: null });
    await doJob(test, 'rehearse', (await standing(patch)).id);
    const known = await view(patch);
    expect(known).toMatchObject({ state: 'proposed', progress: [], error: null });
    expect(known.rehearsal).toMatchObject({
      state: 'done',
      result: { status: 'would_apply', refusal: null, limitMs: 10_000 },
    });
    expect(known.rehearsal?.result?.steps.map(({ step }) => step)).toContain('write');
    expect(await prepared.read()).toEqual(before);
    expect(await actions(patch.id)).toEqual(['propose', 'rehearse', 'rehearsed']);

    await approvePatch(test.context, { id: patch.id, seal: patch.seal, reason: 'looked' });
    expect((await held(patch)).rehearsal).toMatchObject({ state: 'done', result: { status: 'would_apply' } });
    expect((await view(patch)).state).toBe('approved');
    await applyPatch(test.context, { id: patch.id, seal: patch.seal, confirm: patch.target });
    await expect(ask(patch)).rejects.toMatchObject({ code: 'patch.state' });
    await doJob(test, 'apply', patch.id);
    const written = await prepared.read();
    expect(written).not.toEqual(before);

    const undo = await proposeUndo(test.context, { id: patch.id, choice: 'all', reason: 'wrong' });
    expect((await held(undo)).rehearsal).toMatchObject({ state: 'done', result: { status: 'would_apply' } });
    expect(await prepared.read()).toEqual(written);
    expect((await view(patch)).state).toBe('applied');
  }, 90_000);

  it('looks before it writes, and leaves a line of who looked', async () => {
    const patch = await propose(await prepare());
    const { checks } = await preflightPatch(test.context, { id: patch.id });
    expect(checks.map(({ check }) => check)).toContain('identity');
    expect(checks.filter(({ state }) => state === 'stop')).toEqual([]);
    expect(await actions(patch.id)).toEqual(['propose', 'preflight']);
    expect((await view(patch)).state).toBe('proposed');
  }, 60_000);
});

it('says what the store would refuse: a row that moved, a constraint', async () => {
  const prepared = await preparePostgres(test);
  const patch = await propose(prepared);
  await sql(test.url, `update ${prepared.target} set total = 9 where user_id = 'ann'`);
  const stale = (await held(patch)).rehearsal?.result;
  expect(stale).toMatchObject({ status: 'refused', refusal: { code: 'patch.stale' } });
  expect(stale?.refusal?.rows).toEqual([expect.stringContaining('ann')]);
  await sql(
    test.url,
    `update ${prepared.target} set total = 0.25 where user_id = 'ann';
     alter table ${prepared.target} add constraint low check (total < 3.20 or user_id <> 'c"o,l')`,
  );
  const refused = (await held(patch)).rehearsal?.result;
  expect(refused).toMatchObject({ status: 'refused' });
  expect(refused?.refusal?.message).toContain('low');
  expect((await view(patch)).state).toBe('proposed');
}, 60_000);

it('is one at a time, and only of the seal that was shown', async () => {
  const patch = await propose(await preparePostgres(test));
  await expect(ask({ ...patch, seal: '0'.repeat(64) })).rejects.toMatchObject({ code: 'patch.seal' });
  await Promise.all(Array.from({ length: 10 }, () => ask(patch)));
  expect(await test.context.store.rehearsal.count({ where: { patchId: patch.id } })).toBe(1);
  expect(await actions(patch.id)).toEqual(['propose', 'rehearse']);
  expect((await cancelRehearsal(test.context, { id: patch.id })).rehearsal?.state).toBe('cancelled');
  await doJob(test, 'rehearse', (await standing(patch)).id);
  expect((await view(patch)).rehearsal?.state).toBe('cancelled');
}, 60_000);

it('lets go when it is called off, when it is withdrawn, and when the apply needs the rows', async () => {
  const prepared = await preparePostgres(test);
  const patch = await propose(prepared);
  const row = await holdRow(prepared.target);
  await ask(patch, 30_000);
  const job = doJob(test, 'rehearse', (await standing(patch)).id);
  while ((await standing(patch)).state !== 'running') await sleep(20);
  await cancelRehearsal(test.context, { id: patch.id });
  await job;
  expect((await view(patch)).rehearsal).toMatchObject({ state: 'cancelled', error: null });
  await row.free();

  await approvePatch(test.context, { id: patch.id, seal: patch.seal, reason: 'looked' });
  await ask(patch);
  await applyPatch(test.context, { id: patch.id, seal: patch.seal, confirm: patch.target });
  expect((await view(patch)).rehearsal?.state).toBe('cancelled');
  await doJob(test, 'apply', patch.id);
  expect((await view(patch)).state).toBe('applied');

  const other = await propose(await preparePostgres(test));
  await ask(other);
  await cancelApply(test.context, { id: other.id });
  expect((await view(other)).rehearsal?.state).toBe('cancelled');
}, 60_000);

it('whose worker died is told as failed, leaves nothing, and may be held again', async () => {
  const prepared = await preparePostgres(test);
  const patch = await propose(prepared);
  await ask(patch);
  const { id } = await standing(patch);
  // as a worker leaves it that was killed in it: started, and without a job
  await test.context.store.$executeRaw`
    update rehearsal set state = 'running', started_at = now(), created_at = now() - interval '1 minute'
     where id = ${id}::uuid`;
  await test.context.store.$executeRaw`delete from pgboss.job where singleton_key = ${id}`;
  await reconcileJobs(test.context);
  expect((await view(patch)).rehearsal).toMatchObject({ state: 'failed', error: { code: 'engine.crashed' } });
  expect((await actions(patch.id)).at(-1)).toBe('rehearsal_failed');
  expect((await held(patch)).rehearsal?.state).toBe('done');
}, 60_000);

it('that the store does not answer is told as failed; the patch stays as it is', async () => {
  const prepared = await preparePostgres(test);
  const patch = await propose(prepared);
  const role = `live_${prepared.target.replace('shop.', '')}`;
  await sql(test.url, `alter role ${role} nologin`);
  expect((await held(patch)).rehearsal).toMatchObject({
    state: 'failed',
    error: { code: 'live.unreachable' },
  });
  await expect(preflightPatch(test.context, { id: patch.id })).rejects.toMatchObject({
    code: 'live.unreachable',
  });
  expect((await view(patch)).state).toBe('proposed');
}, 60_000);
