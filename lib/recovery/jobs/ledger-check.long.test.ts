import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PatchView } from '#lib/patch/patch';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { startDueVerifies } from '#lib/recovery/jobs/due-verifies';
import { reconcileJobs } from '#lib/recovery/jobs/jobs-reconcile';
import { checkLedgers } from '#lib/recovery/jobs/ledger-check';
import { apply } from '#lib/recovery/method/apply';
import { withPatch } from '#lib/recovery/method/with-patch';
import { readHealth } from '#lib/recovery/operations/read-health';
import { acknowledgeAlarm } from '#lib/recovery/patches/acknowledge-alarm';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { changeVerifySchedule } from '#lib/recovery/patches/change-verify-schedule';
import {
  doJob,
  type Prepared,
  prepareFile,
  preparePostgres,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { runVariables } from '#lib/recovery/setup/open-incident-store';
import { runFolder } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const show = (patch: { id: string }): Promise<PatchView> => showPatch(test.context, patch);
const stageOf = async ({ incidentId }: Prepared): Promise<string> =>
  (await readIncident(test.context, { ref: incidentId })).stageWord;
const told = (patch: { id: string }, action: string) =>
  test.context.store.audit.findMany({
    where: { subject: `patch ${patch.id}`, action },
    orderBy: { seq: 'asc' },
  });
const proposed = async (live: Prepared) => proposePatch(test.context, { id: live.runId });

async function applied(live: Prepared): Promise<PatchView> {
  const { id, seal, target } = await proposed(live);
  await approvePatch(test.context, { id, seal, reason: 'checked' });
  await applyPatch(test.context, { id, seal, confirm: target });
  await doJob(test, 'apply', id);
  await doJob(test, 'verify', id);
  const view = await show({ id });
  expect(view).toMatchObject({ state: 'verified', waiting: false });
  return view;
}

/** What a restore to a point before the patch leaves. */
const forget = (seal: string): Promise<unknown> =>
  sql(
    test.url,
    `create table if not exists kept as select * from recount.patch_ledger where false;
     with gone as (delete from recount.patch_ledger where seal = '${seal}' returning *) insert into kept select * from gone`,
  );
const remember = (seal: string): Promise<unknown> =>
  sql(
    test.url,
    `insert into recount.patch_ledger overriding system value select * from kept where seal = '${seal}';
     delete from kept where seal = '${seal}'`,
  );

it('a target that was restored to a point before the patch is told, once, and nothing is written again', async () => {
  const live = await preparePostgres(test);
  const patch = await applied(live);
  expect(await checkLedgers(test.context, true)).toBe(0);
  const rows = await live.read();
  await forget(patch.seal);
  expect(await checkLedgers(test.context, false)).toBe(0); // not its time yet
  expect(await checkLedgers(test.context, true)).toBe(1);
  expect(await show(patch)).toMatchObject({
    state: 'lost',
    alarm: { kind: 'lost', message: expect.stringContaining('restored to a point before this patch') },
    nextVerifyAt: null,
  });
  expect(await stageOf(live)).toBe('Applied, then lost by the live store');
  expect(await checkLedgers(test.context, true)).toBe(0);
  expect(await told(patch, 'patch.lost')).toHaveLength(1);
  expect(await live.read()).toEqual(rows);
  await remember(patch.seal);
  expect(await checkLedgers(test.context, true)).toBe(1);
  await doJob(test, 'verify', patch.id);
  expect(await show(patch)).toMatchObject({ state: 'verified', alarm: null, appliedAt: patch.appliedAt });
  expect(await told(patch, 'patch.found')).toMatchObject([{ detail: { was: 'lost', author: 'Alex Test' } }]);
}, 60_000);

it('a comparison that finds the ledger without the patch says so as well', async () => {
  const live = await preparePostgres(test);
  const patch = await applied(live);
  await forget(patch.seal);
  await doJob(test, 'verify', patch.id);
  expect(await show(patch)).toMatchObject({ state: 'lost', error: null, alarm: { kind: 'lost' } });
}, 60_000);

it.each(['postgres', 'file'])(
  'what was applied elsewhere is recorded: %s',
  async (kind) => {
    const live = await (kind === 'file' ? prepareFile(test) : preparePostgres(test));
    const patch = await proposed(live);
    const by = { author: 'a DBA', approvedBy: null, approvedAt: null };
    const status = await withPatch(
      runFolder(test.context.env, live.runId),
      test.context.env,
      await runVariables(test.context, live.runId),
      (places) => apply(places, patch.seal, { signatures: by, archiveCheck: false }),
    );
    expect(status).toBe('applied');
    expect(await checkLedgers(test.context, true)).toBe(1);
    expect(await show(patch)).toMatchObject({ state: 'applied', verification: null });
    const [line] = await told(patch, 'patch.found');
    expect(line?.detail).toMatchObject({
      was: 'proposed',
      author: 'a DBA',
      learned: expect.stringContaining('waits for approval'),
    });
    expect(await test.context.jobs.isPending('verify', patch.id)).toBe(true);
    await doJob(test, 'verify', patch.id);
    expect(await show(patch)).toMatchObject({ state: 'verified' });
  },
  60_000,
);

it('a target that was restored to a point between a patch and its undo: the patch stands, and may be undone anew', async () => {
  const patch = await applied(await preparePostgres(test));
  const ask = { id: patch.id, choice: 'all', reason: 'it was wrong' } as const;
  const undo = await proposeUndo(test.context, ask);
  await approvePatch(test.context, { id: undo.id, seal: undo.seal, reason: 'checked' });
  await applyPatch(test.context, { id: undo.id, seal: undo.seal, confirm: undo.target });
  await doJob(test, 'apply', undo.id);
  expect(await show(patch)).toMatchObject({ state: 'undone' });
  expect(await checkLedgers(test.context, true)).toBe(0);
  await sql(
    test.url,
    `delete from recount.patch_ledger where seal = '${patch.seal}' and kind = 'undo';
     update ${patch.target} set total = 1.50 where user_id = 'ann';
     update ${patch.target} set total = 2.50 where user_id = '=ben';
     insert into ${patch.target} values ('c"o,l', 3.50)`,
  );
  expect(await checkLedgers(test.context, true)).toBe(2);
  expect(await show(undo)).toMatchObject({ state: 'lost', alarm: { kind: 'lost' } });
  await doJob(test, 'verify', patch.id);
  expect(await show(patch)).toMatchObject({ state: 'verified', alarm: null, undoneAt: null });
  expect(await proposeUndo(test.context, ask)).toMatchObject({ kind: 'undo', state: 'proposed' });
}, 60_000);

it('what no record knows is told once; a store that does not answer changes nothing', async () => {
  const { store } = test.context;
  const live = await preparePostgres(test);
  const patch = await applied(live);
  const seal = 'f'.repeat(64);
  await sql(
    test.url,
    `insert into recount.patch_ledger (patch_id, attempt, kind, outcome, seal, target_table)
     select 'by-hand', 1, 'patch', 'applied', '${seal}', target_table from recount.patch_ledger where seal = '${patch.seal}'`,
  );
  await checkLedgers(test.context, true);
  await checkLedgers(test.context, true);
  const action = 'ledger.unknown_patch';
  expect(await store.audit.findMany({ where: { action } })).toMatchObject([
    { detail: { seal, patchId: 'by-hand', target: live.target } },
  ]);
  const run = await store.run.findUniqueOrThrow({
    where: { id: live.runId },
    include: { liveStore: true },
  });
  const liveStoreId = run.liveStoreId ?? '';
  const healthOf = async () =>
    (await readHealth(test.context)).details?.liveStores.find(({ id }) => id === liveStoreId);
  expect(await healthOf()).toMatchObject({ problem: null, unknownPatches: 1 });

  const config = run.liveStore?.config;
  await store.liveStore.update({
    where: { id: liveStoreId },
    data: { config: { ...(config as object), port: 1 } },
  });
  expect(await checkLedgers(test.context, true)).toBe(0);
  expect(await show(patch)).toMatchObject({ state: 'verified', alarm: null });
  expect(await healthOf()).toMatchObject({ problem: { code: 'live.unreachable' }, unknownPatches: 1 });
  const check = await store.ledgerCheck.findUniqueOrThrow({ where: { liveStoreId } });
  expect(check.failures).toBe(1);
  const waitMs = check.nextAt.getTime() - Date.now();
  expect(waitMs).toBeGreaterThan(55_000);
  expect(waitMs).toBeLessThan(5 * 60_000);
  await store.liveStore.update({ where: { id: liveStoreId }, data: { config: config ?? {} } });
  await checkLedgers(test.context, true);
  expect(await healthOf()).toMatchObject({ problem: null });
}, 60_000);

it('compares when the live store is back, where it was away after the apply, and tells of that once', async () => {
  const live = await preparePostgres(test);
  const { id, seal, target } = await proposed(live);
  await approvePatch(test.context, { id, seal, reason: 'checked' });
  await applyPatch(test.context, { id, seal, confirm: target });
  await doJob(test, 'apply', id);
  const role = target.replace('shop.', 'live_');
  await sql(test.url, `alter role ${role} nologin`);
  await test.context.store.$executeRaw`
    update patch set created_at = now() - interval '1 minute' where id = ${id}::uuid`;
  for (const _ of [1, 2]) {
    await doJob(test, 'verify', id);
    expect(await show({ id })).toMatchObject({ state: 'applied', error: { code: 'live.unreachable' } });
  }
  expect(await told({ id }, 'patch.verify_failed')).toHaveLength(1);
  await reconcileJobs(test.context);
  expect(await test.context.jobs.isPending('verify', id)).toBe(true);
  await sql(test.url, `alter role ${role} login`);
  await doJob(test, 'verify', id);
  expect(await show({ id })).toMatchObject({ state: 'verified', error: null });
}, 60_000);

it('compares by itself when it is time, once, in steps from the apply', async () => {
  const { store } = test.context;
  const live = await preparePostgres(test);
  const { id } = await applied(live);
  await startDueVerifies(test.context);
  const first = await show({ id });
  expect(first.verifyEvery).toBe('24h');
  const at = (text: string | null): number => Date.parse(text ?? '');
  expect(at(first.nextVerifyAt)).toBe(at(first.appliedAt) + 24 * 3_600_000);
  // three days without a worker: one comparison, and the next at the same time of day
  await store.$executeRaw`
    update patch set next_verify_at = next_verify_at - interval '3 days 1 hour' where id = ${id}::uuid`;
  expect(await Promise.all([1, 2, 3].map(() => startDueVerifies(test.context)))).toContain(1);
  expect(await startDueVerifies(test.context)).toBe(0);
  expect(await test.context.jobs.isPending('verify', id)).toBe(true);
  expect(at((await show({ id })).nextVerifyAt)).toBe(at(first.nextVerifyAt) - 3_600_000);

  const hourly = await changeVerifySchedule(test.context, { id, every: '1h' });
  expect(hourly.verifyEvery).toBe('1h');
  expect(Math.abs(at(hourly.nextVerifyAt) - Date.now() - 3_600_000)).toBeLessThan(10_000);
  await store.$executeRaw`
    update patch set next_verify_at = now(), verify_until = now() + interval '1 minute' where id = ${id}::uuid`;
  expect(await startDueVerifies(test.context)).toBe(1);
  expect(await show({ id })).toMatchObject({ verifyEvery: null, nextVerifyAt: null });
  expect(await changeVerifySchedule(test.context, { id, every: null })).toMatchObject({
    verifyEvery: null,
    nextVerifyAt: null,
  });
  const waiting = await proposed(await preparePostgres(test));
  await expect(changeVerifySchedule(test.context, { id: waiting.id, every: '1h' })).rejects.toMatchObject({
    code: 'patch.state',
  });
}, 60_000);

it('raises an alarm when a corrected row is wrong again, until it is right or somebody takes notice', async () => {
  const live = await preparePostgres(test);
  const { id } = await applied(live);
  const compare = async (value: string): Promise<PatchView> => {
    await sql(test.url, `update ${live.target} set total = ${value} where user_id = 'ann'`);
    await doJob(test, 'verify', id);
    return show({ id });
  };
  const wrong = await compare('0.25');
  expect(wrong).toMatchObject({
    state: 'applied',
    alarm: {
      kind: 'differs',
      message: '1 of 3 corrected rows is not as written any more: something changed it afterwards.',
      rows: ['ann: total was written as 1.50, is 0.25'],
    },
  });
  expect(wrong.verifications.map(({ differ }) => differ)).toEqual([1, 0]);
  expect(await stageOf(live)).toBe('Applied, then wrong again');
  const again = await compare('0.25');
  expect(again.alarm?.at).toBe(wrong.alarm?.at);
  const noticed = await acknowledgeAlarm(test.context, { id, reason: 'ann was refunded' });
  expect(noticed.alarm).toBeNull();
  expect(await stageOf(live)).toBe('Applied, not verified yet');
  await expect(acknowledgeAlarm(test.context, { id, reason: 'again' })).rejects.toMatchObject({
    code: 'conflict',
  });
  expect((await compare('0.25')).alarm).toBeNull();
  // the row goes on changing: it is the one that was taken notice of
  expect((await compare('0.75')).alarm).toBeNull();
  // another row is wrong as well
  await sql(test.url, `update ${live.target} set total = 9 where user_id = '=ben'`);
  const both = ['ann: total was written as 1.50, is 0.75', '=ben: total was written as 2.50, is 9.00'];
  expect(((await compare('0.75')).alarm?.rows ?? []).toSorted()).toEqual(both.toSorted());
  await acknowledgeAlarm(test.context, { id, reason: 'both were refunded' });
  expect((await compare('0.80')).alarm).toBeNull();
  // one of them became right, and wrong again with the value of before
  expect((await compare('1.50')).alarm).toBeNull();
  expect((await compare('0.80')).alarm).toMatchObject({ message: expect.stringContaining('2 of 3') });
  await acknowledgeAlarm(test.context, { id, reason: 'again' });
  await sql(test.url, `update ${live.target} set total = 2.5 where user_id = '=ben'`);
  expect(await compare('1.5')).toMatchObject({ state: 'verified', alarm: null });
  expect((await told({ id }, 'patch.verified')).at(-1)?.detail).toMatchObject({ alarm: 'cleared' });
  expect(await told({ id }, 'patch.alarm_acknowledge')).toMatchObject([
    { detail: { kind: 'differs', reason: 'ann was refunded' } },
    { detail: { reason: 'both were refunded' } },
    { detail: { reason: 'again' } },
  ]);
}, 60_000);

it('reads the lines of a ledger only where it or the records changed', async () => {
  const live = await preparePostgres(test);
  const patch = await applied(live);
  const { liveStoreId } = live;
  const problem = async () => {
    await checkLedgers(test.context, true);
    const { error } = await test.context.store.ledgerCheck.findUniqueOrThrow({ where: { liveStoreId } });
    return error;
  };
  expect(await problem()).toBeNull();
  // of two words for a line, only the lines have the author: who may not read it can still be told that all is as it was
  const role = `live_${live.target.replace('shop.', '')}`;
  const columns = await sql(
    test.url,
    `select string_agg(quote_ident(attname), ', ') as names from pg_attribute
      where attrelid = 'recount.patch_ledger'::regclass and attnum > 0 and not attisdropped and attname <> 'author'`,
  );
  await sql(
    test.url,
    `revoke select on recount.patch_ledger from ${role}; grant select (${columns[0]?.names}) on recount.patch_ledger to ${role}`,
  );
  expect(await problem()).toBeNull();
  await forget(patch.seal);
  expect(await problem()).toMatchObject({ code: expect.stringMatching(/^live\./) });
  expect(await show(patch)).toMatchObject({ state: 'verified' });
  await sql(test.url, `grant select on recount.patch_ledger to ${role}`);
  expect(await problem()).toBeNull();
  expect(await show(patch)).toMatchObject({ state: 'lost' });
}, 60_000);

it('a ledger that was restored and went on to as many lines is read again', async () => {
  const live = await preparePostgres(test);
  const patch = await applied(live);
  await checkLedgers(test.context, true);
  await sql(
    test.url,
    `insert into recount.patch_ledger (patch_id, attempt, kind, outcome, seal, target_table)
     select 'another', 1, 'patch', 'applied', '${'e'.repeat(64)}', target_table from recount.patch_ledger where seal = '${patch.seal}'`,
  );
  await forget(patch.seal);
  expect(await checkLedgers(test.context, true)).toBe(1);
  expect(await show(patch)).toMatchObject({ state: 'lost' });
}, 60_000);
