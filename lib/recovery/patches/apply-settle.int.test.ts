import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takePatch } from '#lib/adapters/store/patches';
import type { PatchView } from '#lib/patch/patch';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { doJob, type Prepared, preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// Faults that the simulation of lib/patch/simulation found, on a real server.

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

async function started({ runId }: Prepared): Promise<PatchView> {
  const patch = await proposePatch(test.context, { id: runId });
  await approvePatch(test.context, { id: patch.id, seal: patch.seal, reason: 'looked at every row' });
  return applyPatch(test.context, { id: patch.id, seal: patch.seal, confirm: patch.target });
}

const ledger = (seal: string) =>
  sql(test.url, `select outcome from recount.patch_ledger where seal = '${seal}' order by entry`);

/** Until an apply waits for a lock. */
async function waits(): Promise<void> {
  const found = `select from pg_stat_activity where application_name like 'recount:%' and wait_event_type = 'Lock'`;
  while ((await sql(test.url, found)).length === 0) await sleep(20);
}

it('a refusal is no outcome while an earlier COMMIT may be under way: the ledger is closed to it first', async () => {
  const first = await preparePostgres(test);
  await doJob(test, 'apply', (await started(first)).id);
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  // the worker died right before it sent COMMIT; then a column changed, so that no attempt gets as far as the ledger
  await test.context.store.$executeRaw`update patch set state = 'committing' where id = ${patch.id}::uuid`;
  await sql(test.url, `alter table ${prepared.target} alter column total type numeric(20,4)`);
  await doJob(test, 'apply', patch.id);
  expect(await showPatch(test.context, { id: patch.id })).toMatchObject({
    state: 'failed',
    error: { code: 'live.schema_changed' },
  });
  expect(await ledger(patch.seal)).toMatchObject([{ outcome: 'fenced' }]);
}, 120_000);

it('a worker that was taken for dead and goes on sends no COMMIT', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  const other = new pg.Client({ connectionString: test.url });
  await other.connect();
  await other.query(`begin; select 1 from ${prepared.target} where user_id = 'ann' for update`);
  const dead = doJob(test, 'apply', patch.id);
  await waits();
  // its lease ended, and another worker has the patch from now on
  const where = { where: { id: patch.id }, select: { state: true, attempt: true } };
  const seen = await test.context.store.patch.findUniqueOrThrow(where);
  expect(await takePatch(test.context.store, patch.id, seen)).toBe(true);
  await other.query('rollback');
  await other.end();
  await dead;
  expect(await test.context.store.patch.findUniqueOrThrow(where)).toEqual({
    state: 'applying',
    attempt: seen.attempt + 1,
  });
  expect(await prepared.read()).toMatchObject({ ann: '0.25' });
  await doJob(test, 'apply', patch.id);
  expect(await showPatch(test.context, { id: patch.id })).toMatchObject({ state: 'applied', error: null });
  expect(await ledger(patch.seal)).toMatchObject([{ outcome: 'applied' }]);
  expect(await prepared.read()).toMatchObject({ ann: '1.50', '=ben': '2.50', 'c"o,l': '3.50' });
}, 120_000);
