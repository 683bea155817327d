import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareDatabases } from '#lib/adapters/postgres-server/databases';
import { type EmbeddedServer, startEmbedded } from '#lib/adapters/postgres-server/embedded';
import { openKeys } from '#lib/adapters/secrets/secret-keys';
import { openStore } from '#lib/adapters/store/client';
import { cli } from '#lib/entry/contract.testing';
import type { PatchView } from '#lib/patch/patch';
import { verifyRecords } from '#lib/recovery/audit/verify-records';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { doJob, type Prepared, prepareFile, preparePostgres } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { verifyPatch } from '#lib/recovery/patches/verify-patch';
import { openSharedReport } from '#lib/recovery/reports/open-shared-report';
import { showReport } from '#lib/recovery/reports/read-report';
import { shareReport } from '#lib/recovery/reports/share-report';
import { closeContext } from '#lib/recovery/setup/context';
import { readEnv } from '#lib/recovery/setup/env';
import { openJobs } from '#lib/recovery/setup/jobs';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// A recovery that was applied and shared; its backup, brought back on an empty machine.

let test: TestContext;
let live: Prepared;
let patch: PatchView;
let token: string;
let backup: string;
const servers: EmbeddedServer[] = [];

const mira = (of: TestContext) => ({
  ...of.context,
  actor: { ...of.context.actor, id: 'mira', name: 'Mira', role: 'approver' as const },
});

async function apply(of: TestContext, { id, seal, target }: PatchView): Promise<PatchView> {
  await approvePatch(mira(of), { id, seal, reason: 'checked' });
  await applyPatch(mira(of), { id, seal, confirm: target });
  await doJob(of, 'apply', id);
  return showPatch(of.context, { id });
}

beforeAll(async () => {
  test = await openTestContext();
  await test.context.store.person.create({ data: { id: 'mira', name: 'Mira', role: 'approver' } });
  live = await preparePostgres(test);
  patch = await apply(test, await proposePatch(test.context, { id: live.runId }));
  await prepareFile(test);
  const shared = await shareReport(test.context, { ref: live.incidentId, days: 7, maskKeys: false });
  token = shared.url.replace('/r#', '');
  backup = path.join(test.root, '..', 'backup.tar.gz');
  const { dataDir } = test.context.env;
  mkdirSync(path.join(dataDir, 'staged', 'x'), { recursive: true });
  const made = await cli(['backup', '--out', backup], {
    env: { DATABASE_URL: test.url, RECOUNT_DATA_DIR: dataDir },
  });
  expect(made).toMatchObject({ exit: 0, json: { status: 'backed_up', with_key: false } });
}, 180_000);
afterAll(async () => {
  for (const server of servers) await server.stop();
  await test.close();
});

const folder = (name: string) => path.join(test.root, '..', name);
const restore = (from: string, to: string, env: Record<string, string> = {}) =>
  cli(['restore', '--from', from, '--data-dir', to], { env: { DATABASE_URL: '', ...env } });

/** What verbs work with on what was restored. */
async function reopened(dataDir: string): Promise<TestContext> {
  // the reader of this process reads the other data folder
  await (await globalThis.recountReader)?.close();
  globalThis.recountReader = undefined;
  const server = await startEmbedded(path.join(dataDir, 'postgres'));
  servers.push(server);
  const { records } = await prepareDatabases(server, path.join(dataDir, 'postgres'));
  const env = readEnv({
    RECOUNT_DATA_DIR: dataDir,
    DATABASE_URL: records,
    RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
    RECOUNT_MEMORY_LIMIT: '512MB',
    RECOUNT_THREADS: '2',
  });
  const context = {
    store: openStore(records),
    env,
    jobs: await openJobs(records, 'sender'),
    key: openKeys(env),
    actor: test.context.actor,
  };
  return { context, url: records, root: test.root, close: () => closeContext(context, 0) };
}

it('is one file for its owner, without keys or what is made anew', () => {
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  const listed = spawnSync('tar', ['-tzf', backup], { encoding: 'utf8' });
  expect([listed.status, listed.stderr]).toEqual([0, '']);
  const names = listed.stdout.trim().split('\n');
  expect(names.at(-1)).toBe('manifest.json');
  expect(names).toContain(`data/runs/${live.runId}/patch.json`);
  expect(names.filter((name) => /secret|staged|scratch|session|\.part$/.test(name))).toEqual([]);
  const everything = gunzipSync(readFileSync(backup));
  expect(everything.includes(readFileSync(test.context.env.secretKeyFile))).toBe(false);
  expect(everything.includes('live secret')).toBe(false);
});

it('on an empty machine the shared report reads the same, and the patch is compared and put back', async () => {
  const to = folder('elsewhere');
  const restored = await restore(backup, to);
  expect(restored).toMatchObject({ exit: 0, json: { status: 'restored', needsKey: expect.any(String) } });
  copyFileSync(test.context.env.secretKeyFile, path.join(to, 'secret.key'));
  const before = {
    shared: await openSharedReport(test.context, { token }),
    report: await showReport(test.context, { ref: live.incidentId }),
  };
  const other = await reopened(to);
  const { store } = other.context;
  expect(JSON.stringify(await openSharedReport(other.context, { token }))).toBe(
    JSON.stringify(before.shared),
  );
  expect(await showReport(other.context, { ref: live.incidentId })).toEqual({
    ...before.report,
    madeAt: expect.any(String),
  });
  const audit = await verifyRecords(other.context, null);
  expect(audit.broken).toBeNull();
  expect(
    (await store.audit.findMany({ orderBy: { seq: 'desc' }, take: 2 })).map(({ action }) => action),
  ).toEqual(['backup.restore', 'backup.make']);
  for (const { dir } of await store.run.findMany()) expect(dir?.startsWith(`${to}/runs/`)).toBe(true);

  await verifyPatch(other.context, { id: patch.id });
  await doJob(other, 'verify', patch.id);
  expect(await showPatch(other.context, { id: patch.id })).toMatchObject({ state: 'verified', alarm: null });
  const undo = await proposeUndo(other.context, { id: patch.id, choice: 'all', reason: 'drill' });
  expect(await apply(other, undo)).toMatchObject({ state: 'applied' });
  expect(await live.read()).toMatchObject({ ann: '0.25', '=ben': '0.25' });
  expect(await live.read()).not.toHaveProperty('c"o,l');
  // numbers go on where they were
  const next = await store.incident.create({ data: { title: 'x', plan: {}, createdBy: 'local' } });
  const highest = await test.context.store.incident.aggregate({ _max: { number: true } });
  expect(next.number).toBe((highest._max.number ?? 0) + 1);
  await other.close();
}, 180_000);

it('goes into an empty folder and an empty database only', async () => {
  const full = folder('full');
  mkdirSync(full);
  writeFileSync(path.join(full, 'notes'), 'mine');
  expect(await restore(backup, full)).toMatchObject({
    exit: 4,
    json: { error: { code: 'restore.not_empty' } },
  });
  expect(readFileSync(path.join(full, 'notes'), 'utf8')).toBe('mine');
  const beside = await restore(backup, folder('beside'), { DATABASE_URL: test.url });
  expect(beside).toMatchObject({ exit: 4, json: { error: { code: 'restore.not_empty' } } });
  expect((await cli(['backup', '--out', backup], { env: { DATABASE_URL: test.url } })).exit).toBe(2);
  expect((await cli(['backup'], {})).exit).toBe(2);
  expect((await cli(['restore', '--from', backup], {})).exit).toBe(2);
});

it('that was changed, cut or is none is refused, and nothing is left behind', async () => {
  const whole = gunzipSync(readFileSync(backup));
  const at = whole.indexOf('ustar') - 257 + 512;
  const flipped = Buffer.from(whole);
  flipped[at + 4]! ^= 1;
  const bad = folder('bad.tar.gz');
  const climbing = Buffer.from(whole);
  climbing.write('data/../../evil'.padEnd(100, '\0'), 0, 'latin1');
  for (const bytes of [
    gzipSync(flipped),
    gzipSync(whole.subarray(0, whole.length - 3_000)),
    readFileSync(backup).subarray(0, 5_000),
    gzipSync(climbing),
    Buffer.from('no backup'),
    gzipSync(Buffer.alloc(1_024)),
  ]) {
    writeFileSync(bad, bytes);
    const refused = await restore(bad, folder('nowhere'));
    expect(refused).toMatchObject({ exit: 5, json: { error: { code: 'backup.damaged' } } });
    expect(spawnSync('ls', ['-A', folder('nowhere')], { encoding: 'utf8' }).stdout).toBe('');
  }
  expect(existsSync(folder('evil'))).toBe(false);
}, 120_000);

it('with the key opens the passwords by itself', async () => {
  const file = folder('with-key.tar.gz');
  const made = await cli(['backup', '--out', file, '--with-key'], {
    env: { DATABASE_URL: test.url, RECOUNT_DATA_DIR: test.context.env.dataDir },
  });
  expect(made).toMatchObject({ exit: 0, json: { with_key: true } });
  const to = folder('whole');
  expect(await restore(file, to)).toMatchObject({ exit: 0, json: { needsKey: null } });
  expect(statSync(path.join(to, 'secret.key')).mode & 0o777).toBe(0o600);
  expect(readFileSync(path.join(to, 'secret.key'))).toEqual(readFileSync(test.context.env.secretKeyFile));
  rmSync(to, { recursive: true });
}, 60_000);
