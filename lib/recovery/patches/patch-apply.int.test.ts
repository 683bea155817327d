import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PatchView } from '#lib/patch/patch';
import { reconcileJobs } from '#lib/recovery/jobs/jobs-reconcile';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import { exportPatchSql } from '#lib/recovery/patches/export-sql';
import {
  doJob,
  type Prepared,
  prepareFile,
  preparePostgres,
  previewAgain,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { verifyPatch } from '#lib/recovery/patches/verify-patch';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The apply as the worker does it, on a real PostgreSQL table and a real file, and what becomes of it when it goes wrong.

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const RIGHT = { ann: '1.50', '=ben': '2.50', 'c"o,l': '3.50' };
const WRONG = { ann: '0.25', '=ben': '0.25' };

const view = ({ id }: { id: string }): Promise<PatchView> => showPatch(test.context, { id });
const lines = async (id: string): Promise<string[]> =>
  (
    await test.context.store.audit.findMany({ where: { subject: `patch ${id}` }, orderBy: { seq: 'asc' } })
  ).map(({ actor, action }) => `${actor} ${action.replace('patch.', '')}`);
const ledger = (seal: string) =>
  sql(
    test.url,
    `select outcome, author, approved_by from recount.patch_ledger where seal = '${seal}' order by entry`,
  );

async function filedAtMs(seal: string): Promise<number> {
  const text = `select trunc(extract(epoch from at) * 1000)::bigint::text as ms from recount.patch_ledger where seal = '${seal}'`;
  const [row] = await sql(test.url, text);
  return Number(row?.ms);
}

async function started(prepared: Prepared, runId = prepared.runId): Promise<PatchView> {
  const patch = await proposePatch(test.context, { id: runId });
  await approvePatch(test.context, { id: patch.id, seal: patch.seal, reason: 'looked at every row' });
  return applyPatch(test.context, { id: patch.id, seal: patch.seal, confirm: patch.target });
}

/** Runs the apply job until it recorded that the outcome is unknown, and breaks off its further tries. */
async function applyUntilUnknown(patch: PatchView): Promise<void> {
  const known = (await view(patch)).error;
  const before = known === null ? undefined : 'before';
  if (known !== null) {
    const error = { ...known, message: 'before' };
    await test.context.store.patch.update({ where: { id: patch.id }, data: { error } });
  }
  const stop = new AbortController();
  const job = doJob(test, 'apply', patch.id, stop.signal);
  while ((await view(patch)).error?.message === before) await sleep(20);
  stop.abort();
  await expect(job).rejects.toThrow(/broken off/);
}

it('writes the patch once, says who signed, and compares it', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  await doJob(test, 'apply', patch.id);
  const applied = await view(patch);
  expect(applied).toMatchObject({ state: 'applied', verification: null, error: null });
  expect(await prepared.read()).toMatchObject(RIGHT);
  const steps = applied.progress.map(({ step }) => step);
  expect([...new Set(steps)]).toEqual(['check', 'lock', 'write', 'read_back', 'record', 'commit']);
  expect(applied.progress.every(({ at }) => /Z$/.test(at))).toBe(true);
  expect(await ledger(patch.seal)).toEqual([
    { outcome: 'applied', author: 'Alex Test', approved_by: 'self-approved by Alex Test' },
  ]);
  // the line was filed before the rows were written; what is recorded is when COMMIT was answered
  expect(Date.parse(applied.appliedAt ?? '')).toBeGreaterThan(await filedAtMs(patch.seal));
  expect(await test.context.jobs.isPending('verify', patch.id)).toBe(true);
  await doJob(test, 'verify', patch.id);
  expect(await view(patch)).toMatchObject({
    state: 'verified',
    verification: { cells: 3, match: 3, differ: 0, moved: 0 },
  });
  expect((await view(patch)).progress.at(-1)?.step).toBe('verify');
  expect(await lines(patch.id)).toEqual([
    'local propose',
    'local approve',
    'local apply',
    'recount applied',
    'recount verified',
  ]);
  // given out again, both jobs change nothing
  await doJob(test, 'apply', patch.id);
  expect((await view(patch)).state).toBe('verified');
  expect(await ledger(patch.seal)).toHaveLength(1);
}, 60_000);

it('settles by the ledger when the worker died between the commit and its record', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  await doJob(test, 'apply', patch.id);
  const after = await prepared.read();
  await test.context.store.$executeRaw`
    update patch set state = 'committing', outcome = null, applied_at = null where id = ${patch.id}::uuid`;
  await doJob(test, 'apply', patch.id);
  expect(await view(patch)).toMatchObject({ state: 'applied', error: null });
  expect((await view(patch)).appliedAt).not.toBeNull();
  expect(await prepared.read()).toEqual(after);
  expect(await ledger(patch.seal)).toHaveLength(1);
  const record = await test.context.store.patch.findUniqueOrThrow({ where: { id: patch.id } });
  expect(record.outcome).toMatchObject({ status: 'already_applied' });
}, 60_000);

it('is written once by two workers that take the same job', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  await Promise.all([doJob(test, 'apply', patch.id), doJob(test, 'apply', patch.id)]);
  expect((await view(patch)).state).toBe('applied');
  expect(await prepared.read()).toMatchObject(RIGHT);
  expect((await ledger(patch.seal)).filter((row) => row.outcome === 'applied')).toHaveLength(1);
}, 60_000);

it('writes nothing where a row moved, and names it', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  await sql(test.url, `update ${prepared.target} set total = 9 where user_id = '=ben'`);
  await doJob(test, 'apply', patch.id);
  const stale = await view(patch);
  expect(stale).toMatchObject({ state: 'stale', error: { code: 'patch.stale' } });
  expect(stale.error?.rows).toEqual([expect.stringContaining('=ben')]);
  expect(await prepared.read()).toMatchObject({ ann: '0.25', '=ben': '9.00' });
  expect((await lines(patch.id)).at(-1)).toBe('recount stale');
  await expect(proposePatch(test.context, { id: prepared.runId })).rejects.toMatchObject({
    code: 'patch.stale',
  });
  const again = await started(prepared, await previewAgain(test, prepared.incidentId));
  await doJob(test, 'apply', again.id);
  expect(await prepared.read()).toMatchObject(RIGHT);
}, 60_000);

it('fails where the target refuses, and the run can be sent again', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  const check = `alter table ${prepared.target} add constraint low check (total < 3.20 or user_id <> 'c"o,l')`;
  await sql(test.url, check);
  await doJob(test, 'apply', patch.id);
  expect(await view(patch)).toMatchObject({ state: 'failed', error: { code: 'patch.target_refused' } });
  expect(await prepared.read()).toMatchObject(WRONG);
  await sql(test.url, `alter table ${prepared.target} drop constraint low`);
  const again = await started(prepared);
  expect(again.id).not.toBe(patch.id);
  await doJob(test, 'apply', again.id);
  expect(await prepared.read()).toMatchObject(RIGHT);
}, 60_000);

it('refuses an archive that changed since the preview', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  const archive = `${test.root}/${prepared.target.replace('shop.', '')}.csv`;
  writeFileSync(archive, `${readFileSync(archive, 'utf8')}"x","2024-06-10T12:01:00Z","ann","1.00"\n`);
  await doJob(test, 'apply', patch.id);
  expect(await view(patch)).toMatchObject({
    state: 'failed',
    error: { code: 'archive.changed', fix: expect.not.stringContaining('--') },
  });
  expect(await prepared.read()).toMatchObject(WRONG);
}, 60_000);

it('nor is such a patch exported', async () => {
  const prepared = await preparePostgres(test);
  const patch = await proposePatch(test.context, { id: prepared.runId });
  await approvePatch(test.context, { id: patch.id, seal: patch.seal, reason: 'checked' });
  const archive = `${test.root}/${prepared.target.replace('shop.', '')}.csv`;
  const text = readFileSync(archive, 'utf8');
  writeFileSync(archive, `${text}"x","2024-06-10T12:01:00Z","ann","1.00"\n`);
  await expect(exportPatchSql(test.context, patch)).rejects.toMatchObject({ code: 'archive.changed' });
  writeFileSync(archive, text);
  expect(await (await exportPatchSql(test.context, patch)).text()).toContain('COMMIT;');
}, 60_000);

it('rolls back on a cancel before the commit; the approval stands', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  const other = new pg.Client({ connectionString: test.url });
  await other.connect();
  await other.query('begin');
  await other.query(`select from ${prepared.target} where user_id = 'ann' for update`);
  const job = doJob(test, 'apply', patch.id);
  while (!(await view(patch)).progress.some(({ step }) => step === 'lock')) await sleep(50);
  expect((await cancelApply(test.context, { id: patch.id })).state).toBe('applying');
  await sleep(600);
  await other.query('rollback');
  await other.end();
  await job;
  const back = await view(patch);
  expect(back).toMatchObject({ state: 'approved', error: null, progress: [] });
  expect(back.approvals.filter((one) => one.voidedBecause === null)).toHaveLength(1);
  expect(await prepared.read()).toMatchObject(WRONG);
  expect((await lines(patch.id)).slice(-2)).toEqual(['local cancel_apply', 'recount rolled_back']);
  await applyPatch(test.context, { id: patch.id, seal: patch.seal, confirm: patch.target });
  await doJob(test, 'apply', patch.id);
  expect(await prepared.read()).toMatchObject(RIGHT);
  await expect(cancelApply(test.context, { id: patch.id })).rejects.toMatchObject({ code: 'patch.state' });
}, 60_000);

it('sends no COMMIT that the record did not allow', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  await sql(
    test.url,
    `create function public.refuse_commit() returns trigger language plpgsql as $$
       begin raise exception 'the records are away, say'; end $$;
     create trigger refuse_commit before update on public.patch for each row
       when (new.state = 'committing') execute function public.refuse_commit()`,
  );
  await doJob(test, 'apply', patch.id);
  await sql(test.url, 'drop trigger refuse_commit on public.patch');
  expect(await view(patch)).toMatchObject({ state: 'failed', error: { code: 'server.fault' } });
  expect(await prepared.read()).toMatchObject(WRONG);
  expect(await ledger(patch.seal)).toEqual([]);
}, 60_000);

it('says unknown while only the target could tell, and settles when it can be asked', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  const role = `live_${prepared.target.replace('shop.', '')}`;
  await test.context.store.$executeRaw`update patch set state = 'committing' where id = ${patch.id}::uuid`;
  await sql(test.url, `alter role ${role} nologin`);
  await applyUntilUnknown(patch);
  expect(await view(patch)).toMatchObject({ state: 'unknown', error: { code: 'patch.unknown' } });
  await expect(cancelApply(test.context, { id: patch.id })).rejects.toMatchObject({ code: 'patch.state' });
  await applyUntilUnknown(patch);
  // asked again and again, it is told once
  expect((await lines(patch.id)).filter((line) => line === 'recount unknown')).toHaveLength(1);
  await sql(test.url, `alter role ${role} login`);
  const asked = await applyPatch(test.context, { id: patch.id, seal: patch.seal, confirm: patch.target });
  expect(asked.state).toBe('committing');
  await doJob(test, 'apply', patch.id);
  expect(await view(patch)).toMatchObject({ state: 'applied', error: null });
  expect(await prepared.read()).toMatchObject(RIGHT);
}, 60_000);

it('gives a patch that nobody works on to the worker again', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  await sql(test.url, `delete from pgboss.job where name = 'apply'`);
  await test.context.store.patch.update({
    where: { id: patch.id },
    data: { createdAt: new Date(Date.now() - 60_000) },
  });
  await reconcileJobs(test.context);
  expect(await test.context.jobs.isPending('apply', patch.id)).toBe(true);
  await doJob(test, 'apply', patch.id);
  expect(await prepared.read()).toMatchObject(RIGHT);
}, 60_000);

it('tells when a corrected row is wrong again', async () => {
  const prepared = await preparePostgres(test);
  const patch = await started(prepared);
  await expect(verifyPatch(test.context, { id: patch.id })).rejects.toMatchObject({ code: 'patch.state' });
  await doJob(test, 'apply', patch.id);
  await doJob(test, 'verify', patch.id);
  await sql(test.url, `update ${prepared.target} set total = 0 where user_id = 'ann'`);
  const [answer] = await Promise.all([
    verifyPatch(test.context, { id: patch.id }),
    sleep(200).then(() => doJob(test, 'verify', patch.id)),
  ]);
  expect(answer).toMatchObject({ state: 'applied', verification: { cells: 3, match: 2, differ: 1 } });
  expect((await lines(patch.id)).slice(-2)).toEqual(['local verify', 'recount differs']);
  await sql(
    test.url,
    `delete from recount.patch_row; delete from recount.patch_ledger where seal = '${patch.seal}'`,
  );
  const [lost] = await Promise.all([
    verifyPatch(test.context, { id: patch.id }),
    sleep(200).then(() => doJob(test, 'verify', patch.id)),
  ]);
  expect(lost).toMatchObject({ state: 'lost', alarm: { kind: 'lost' } });
}, 60_000);

it('writes a file once too', async () => {
  const prepared = await prepareFile(test);
  const patch = await started(prepared);
  expect(patch).toMatchObject({ target: prepared.target, tableRows: 9 });
  await doJob(test, 'apply', patch.id);
  const text = readFileSync(prepared.file, 'utf8');
  expect(text.split('\n').slice(1, 4)).toEqual(['"ann","1.50"', '"=ben","2.50"', '"dan","4.50"']);
  expect(text).toContain('"c""o,l"');
  await test.context.store.$executeRaw`
    update patch set state = 'committing', outcome = null where id = ${patch.id}::uuid`;
  await doJob(test, 'apply', patch.id);
  await doJob(test, 'verify', patch.id);
  expect((await view(patch)).state).toBe('verified');
  expect(readFileSync(prepared.file, 'utf8')).toBe(text);
}, 60_000);
