import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTar, tarEnd, tarHeader, tarPadding } from '#lib/adapters/backup/tar';
import { prepareDatabases } from '#lib/adapters/postgres-server/databases';
import { type EmbeddedServer, startEmbedded } from '#lib/adapters/postgres-server/embedded';
import { openKeys } from '#lib/adapters/secrets/secret-keys';
import { openStore } from '#lib/adapters/store/client';
import { cli } from '#lib/entry/contract.testing';
import type { PatchView } from '#lib/patch/patch';
import { addArchive } from '#lib/recovery/archives/add-archive';
import { announceFile, receivePiece } from '#lib/recovery/archives/receive-upload';
import { verifyRecords } from '#lib/recovery/audit/verify-records';
import { startPreview } from '#lib/recovery/incidents/start-preview';
import { reconcileJobs } from '#lib/recovery/jobs/jobs-reconcile';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import {
  compareAgain,
  doJob,
  type Prepared,
  prepareFile,
  preparePostgres,
  previewAgain,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { openSharedReport } from '#lib/recovery/reports/open-shared-report';
import { showReport } from '#lib/recovery/reports/read-report';
import { shareReport } from '#lib/recovery/reports/share-report';
import { readRun } from '#lib/recovery/runs/read-run';
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
/** What was under way when it was made: a preview that nobody had begun, and a file of which half had arrived. */
let queued: string;
/** A patch that was approved and not written. */
let approved: string;
let uploads: string;
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
  const other = await prepareFile(test);
  const waiting = await proposePatch(test.context, { id: (await prepareFile(test)).runId });
  await approvePatch(mira(test), { id: waiting.id, seal: waiting.seal, reason: 'checked' });
  approved = waiting.id;
  queued = (await startPreview(test.context, { ref: (await prepareFile(test)).incidentId })).id;
  uploads = await beginUpload();
  const shared = await shareReport(test.context, { ref: live.incidentId, days: 7, maskKeys: false });
  token = shared.url.replace('/r#', '');
  await letIn();
  backup = path.join(test.root, '..', 'backup.tar.gz');
  const { dataDir } = test.context.env;
  mkdirSync(path.join(dataDir, 'staged', 'x'), { recursive: true });
  const making = cli(['backup', '--out', backup], {
    env: { DATABASE_URL: test.url, RECOUNT_DATA_DIR: dataDir },
  });
  // work goes on meanwhile: previews write files and records, uploads arrive
  const [made] = await Promise.all([making, busyFor(other.incidentId)]);
  expect(made).toMatchObject({ exit: 0, json: { status: 'backed_up', with_key: false } });
}, 180_000);
afterAll(async () => {
  for (const server of servers) await server.stop();
  await test.close();
});

async function beginUpload(): Promise<string> {
  const { id } = await addArchive(test.context, { kind: 'upload', name: 'half' });
  const { fileId } = await announceFile(test.context, { id, path: 'half.csv', bytes: 100 });
  const body = new Request('http://localhost/', { method: 'PUT', body: 'x'.repeat(50) });
  await receivePiece(test.context, { id, fileId, offset: 0 }, body);
  return id;
}

/** A program and a guest, who may be let in no more by the time of a restore. */
async function letIn(): Promise<void> {
  const { store } = test.context;
  const day = new Date(Date.now() + 86_400_000);
  await store.apiToken.create({
    data: { personId: 'mira', name: 'x', scope: 'read', tokenSha256: 't'.repeat(43), expiresAt: day },
  });
  const guest = { email: 'guest@example.org', name: 'Guest', role: 'approver', createdBy: 'local' };
  await store.invitation.create({ data: { ...guest, tokenSha256: 'i'.repeat(43), expiresAt: day } });
}

async function busyFor(ref: string): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await Promise.all([previewAgain(test, ref), beginUpload()]);
}

const folder = (name: string) => path.join(test.root, '..', name);
const restore = (from: string, to: string, env: Record<string, string> = {}) =>
  cli(['restore', '--from', from, '--data-dir', to], { env: { DATABASE_URL: '', ...env } });

/** What verbs work with on what was restored. */
async function reopened(dataDir: string): Promise<TestContext> {
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
  const people = [
    { name: 'Alex Test', role: 'admin' },
    { name: 'Mira', role: 'approver' },
  ];
  const access = { tokensRevoked: 1, invitationsWithdrawn: 1, approvalsVoided: 1, people, shareLinks: 1 };
  expect(restored).toMatchObject({
    exit: 0,
    json: { status: 'restored', needsKey: expect.any(String), access },
  });
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
  const told = await store.audit.findMany({ orderBy: { seq: 'desc' } });
  expect(told.slice(0, 2)).toMatchObject([
    { action: 'patch.reopened', subject: `patch ${approved}` },
    {
      action: 'backup.restore',
      via: 'command',
      detail: { tokensRevoked: 1, invitationsWithdrawn: 1, approvalsVoided: 1 },
    },
  ]);
  // what may have been taken away since lets nobody in, and what was approved then is not written
  expect(await store.apiToken.count({ where: { revokedAt: null } })).toBe(0);
  expect(await store.invitation.count({ where: { revokedAt: null } })).toBe(0);
  expect(await showPatch(other.context, { id: approved })).toMatchObject({
    state: 'proposed',
    approvals: [{ counts: false, voidedBecause: 'It comes from a backup.' }],
  });
  expect((await showPatch(other.context, { id: patch.id })).approvals).toMatchObject([
    { voidedBecause: null },
  ]);
  expect(told.map(({ action }) => action)).toContain('backup.make');
  const done = await store.run.findMany({ where: { state: 'done' } });
  expect(done.length).toBeGreaterThan(1);
  for (const { dir } of done) {
    expect(dir?.startsWith(`${to}/runs/`)).toBe(true);
    expect(existsSync(path.join(dir ?? '', 'patch.json'))).toBe(true);
  }

  await compareAgain(other, patch.id);
  expect(await showPatch(other.context, { id: patch.id })).toMatchObject({ state: 'verified', alarm: null });
  const undo = await proposeUndo(other.context, { id: patch.id, choice: 'all', reason: 'drill' });
  expect(await apply(other, undo)).toMatchObject({ state: 'applied' });
  expect(await live.read()).toMatchObject({ ann: '0.25', '=ben': '0.25' });
  expect(await live.read()).not.toHaveProperty('c"o,l');
  // numbers go on where they were
  const next = await store.incident.create({ data: { title: 'x', plan: {}, createdBy: 'local' } });
  const highest = await test.context.store.incident.aggregate({ _max: { number: true } });
  expect(next.number).toBe((highest._max.number ?? 0) + 1);
  // what was under way: the preview is begun anew, the upload is not taken for a whole one
  expect(await store.uploadFile.findFirst({ where: { archiveId: uploads } })).toMatchObject({
    state: 'failed',
  });
  expect(existsSync(path.join(to, 'uploads', uploads, 'parts'))).toBe(false);
  expect(await readRun(other.context, { id: queued })).toMatchObject({ state: 'queued' });
  await reconcileJobs(other.context);
  const jobs = await sql(other.url, `select data ->> 'id' as id from pgboss.job where name = 'preview'`);
  expect(jobs.map(({ id }) => id)).toContain(queued);
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
  // what follows a change is more than the streams hold back
  const longer = Buffer.from(whole);
  longer.write('other', 156, 'latin1');
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
    gzipSync(Buffer.concat([longer, Buffer.alloc(1_000_000)])),
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
  // of many pieces, each of which waits for its turn
  const pieces = path.join(test.context.env.dataDir, 'runs', live.runId, 'pieces');
  writeFileSync(pieces, '');
  truncateSync(pieces, 30 * 1024 ** 2);
  const made = await cli(['backup', '--out', file, '--with-key'], {
    env: { DATABASE_URL: test.url, RECOUNT_DATA_DIR: test.context.env.dataDir },
  });
  expect(made).toMatchObject({ exit: 0, json: { with_key: true }, stderr: '' });
  rmSync(pieces);
  const to = folder('whole');
  expect(await restore(file, to)).toMatchObject({ exit: 0, json: { needsKey: null } });
  expect(statSync(path.join(to, 'secret.key')).mode & 0o777).toBe(0o600);
  expect(readFileSync(path.join(to, 'secret.key'))).toEqual(readFileSync(test.context.env.secretKeyFile));
  rmSync(to, { recursive: true });
}, 60_000);

/** The backup with another manifest, each file as it was. */
async function withManifest(change: (manifest: { [name: string]: unknown }) => object): Promise<Buffer> {
  const parts: Buffer[] = [];
  async function* whole() {
    yield gunzipSync(readFileSync(backup));
  }
  for await (const { name, body } of readTar(whole())) {
    const found: Buffer[] = [];
    for await (const part of body) found.push(part);
    const bytes = Buffer.concat(found);
    const kept =
      name === 'manifest.json' ? Buffer.from(JSON.stringify(change(JSON.parse(bytes.toString())))) : bytes;
    parts.push(tarHeader(name, kept.length, 0), kept, tarPadding(kept.length));
  }
  return gzipSync(Buffer.concat([...parts, tarEnd()]));
}

it('of a newer version is refused as such, and nothing is left behind', async () => {
  const file = folder('newer.tar.gz');
  const newer = [
    await withManifest((manifest) => ({ ...manifest, recount_backup: 2, more: {} })),
    await withManifest(({ records, ...manifest }) => ({
      ...manifest,
      records: { ...Object(records), migrations: [...Object(records).migrations, '29990101000000_later'] },
    })),
  ];
  for (const bytes of newer) {
    writeFileSync(file, bytes);
    const refused = await restore(file, folder('nowhere'));
    expect(refused).toMatchObject({ exit: 4, json: { error: { code: 'backup.newer' } } });
    expect(readdirSync(folder('nowhere'))).toEqual([]);
  }
  const words = await cli(['restore', '--from', file, '--data-dir', folder('nowhere')], { words: true });
  expect(words.stderr).toBe(
    'backup.newer: The backup has the migration 29990101000000_later, which is unknown here.\n  Restore it with that version, or a later one.\n',
  );
}, 60_000);

it('is refused with another key, and needs none beside the right one', async () => {
  const key = (bytes: Buffer) => ({ RECOUNT_SECRET_KEY: bytes.toString('base64') });
  const wrong = await restore(backup, folder('nowhere'), key(Buffer.alloc(32, 7)));
  expect(wrong).toMatchObject({ exit: 4, json: { error: { code: 'restore.wrong_key' } } });
  expect(wrong.json.error.message).toMatch(
    /sealed with the key [0-9a-f]{16}; RECOUNT_SECRET_KEY holds the key/,
  );
  expect(existsSync(folder('nowhere')) ? readdirSync(folder('nowhere')) : []).toEqual([]);
  // into a database of one's own, with the key that it was made with
  await sql(test.url, 'create database "own"');
  const own = new URL(test.url);
  own.pathname = '/own';
  const right = await restore(backup, folder('own'), {
    ...key(readFileSync(test.context.env.secretKeyFile)),
    DATABASE_URL: own.href,
  });
  expect(right).toMatchObject({ exit: 0, json: { needsKey: null } });
  expect(await sql(own.href, 'select count(*)::int > 10 as all from audit_link')).toEqual([{ all: true }]);
  rmSync(folder('own'), { recursive: true });
}, 120_000);

it('is made outside of its data folder, which is there, and not within a rotation of the key', async () => {
  const { dataDir } = test.context.env;
  const out = folder('not-made.tar.gz');
  const refused = async (args: readonly string[], env: Record<string, string> = {}) => {
    const all = { DATABASE_URL: test.url, RECOUNT_DATA_DIR: dataDir, ...env };
    const { exit, json } = await cli(['backup', ...args], { env: all });
    expect({ exit, code: json.error.code }).toEqual({ exit: 2, code: 'command.invalid' });
    expect(existsSync(out)).toBe(false);
    return String(json.error.message);
  };
  expect(await refused(['--out', path.join(dataDir, 'x.tar.gz')])).toContain('lies in the data folder');
  expect(await refused(['--out', out], { RECOUNT_DATA_DIR: folder('none') })).toContain('no data folder');
  expect(existsSync(folder('none'))).toBe(false);
  writeFileSync(path.join(dataDir, 'secret.key.next'), Buffer.alloc(32, 1), { mode: 0o600 });
  expect(await refused(['--out', out])).toContain('rotation of the key');
  rmSync(path.join(dataDir, 'secret.key.next'));
}, 60_000);

it('killed at any point leaves no backup and no folder that anybody starts on', async () => {
  const { dataDir } = test.context.env;
  const large = path.join(dataDir, 'runs', live.runId, 'large');
  writeFileSync(large, '');
  truncateSync(large, 400 * 1024 ** 2);
  const killed = async (args: readonly string[], env: Record<string, string>, began: () => boolean) => {
    const all = { ...process.env, DATABASE_URL: '', RECOUNT_DATA_DIR: dataDir, ...env };
    const child = spawn(process.execPath, [path.resolve('lib/entry/cli.ts'), ...args], { env: all });
    const ended = once(child, 'exit');
    while (!began() && child.exitCode === null) await sleep(2);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
  };
  const out = folder('killed.tar.gz');
  const parts = () => readdirSync(folder('.')).filter((name) => /^killed\.tar\.gz\.\d+\.part$/.test(name));
  await killed(['backup', '--out', out], { DATABASE_URL: test.url }, () => parts().length > 0);
  expect(existsSync(out)).toBe(false);
  const [part = ''] = parts();
  expect(await restore(folder(part), folder('nowhere'))).toMatchObject({
    exit: 5,
    json: { error: { code: 'backup.damaged' } },
  });
  const env = { DATABASE_URL: test.url, RECOUNT_DATA_DIR: dataDir };
  expect((await cli(['backup', '--out', out], { env })).exit).toBe(0);
  rmSync(large);

  const to = folder('broken-off');
  await killed(['restore', '--from', out, '--data-dir', to], {}, () =>
    existsSync(path.join(to, 'restore.unfinished')),
  );
  for (const refused of [
    await restore(out, to),
    await cli(['audit', 'verify'], { env: { ...env, RECOUNT_DATA_DIR: to } }),
  ])
    expect(refused).toMatchObject({ exit: 4, json: { error: { code: 'restore.unfinished' } } });
  rmSync(to, { recursive: true });
  rmSync(out);
}, 120_000);

it('a full disk is said, and nothing half is left', async (at) => {
  const small = folder('small');
  mkdirSync(small);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'recount-test', small]).status !== 0)
    return at.skip('a file system can be mounted by root only');
  try {
    const noise = path.join(test.context.env.dataDir, 'runs', live.runId, 'noise');
    writeFileSync(noise, randomBytes(300_000));
    const out = path.join(small, 'backup.tar.gz');
    const env = { DATABASE_URL: test.url, RECOUNT_DATA_DIR: test.context.env.dataDir };
    const full = await cli(['backup', '--out', out], { env });
    expect(full).toMatchObject({ exit: 1, json: { error: { code: 'disk.full' } } });
    expect(full.json.error.message).toMatch(/^The disk of .*small is full: [\d,]+ bytes are free/);
    rmSync(noise);
    const back = await restore(backup, path.join(small, 'data'));
    expect(back).toMatchObject({ exit: 1, json: { error: { code: 'disk.full' } } });
    expect(readdirSync(small, { recursive: true }).filter((name) => name !== 'data')).toEqual([]);
  } finally {
    spawnSync('umount', [small]);
  }
}, 60_000);

it('no command works on records of another version, or where there are none', async () => {
  const all = [
    ['audit', 'verify'],
    ['audit', 'export', '--out', folder('audit.jsonl')],
    ['backup', '--out', folder('version.tar.gz')],
    ['secrets', 'rotate'],
    ['sign-in-link'],
  ];
  const tell = async (args: readonly string[], url = test.url) => {
    const env = { DATABASE_URL: url, RECOUNT_DATA_DIR: test.context.env.dataDir };
    const { exit, json } = await cli(args, { env });
    return [exit, json.error.code, json.error.message, json.error.fix].join(' ');
  };
  const rows = async () =>
    sql(test.url, 'select (select count(*) from audit) a, (select count(*) from sign_in_link) s');
  const before = await rows();
  const columns = 'id, checksum, migration_name, finished_at';
  await sql(
    test.url,
    `insert into _prisma_migrations (${columns}) values ('later', 'x', '29990101000000_later', now())`,
  );
  for (const words of await Promise.all(all.map((args) => tell(args))))
    expect(words).toMatch(
      /^1 server\.database .*used by a newer Recount \(migration 2999.* Use that version/,
    );
  const [last] = await sql(
    test.url,
    `delete from _prisma_migrations where id = 'later';
     update _prisma_migrations set rolled_back_at = now() where migration_name = (select max(migration_name) from _prisma_migrations)`,
  ).then(() =>
    sql(test.url, 'select migration_name as name from _prisma_migrations where rolled_back_at is not null'),
  );
  for (const words of await Promise.all(all.map((args) => tell(args))))
    expect(words).toMatch(
      new RegExp(
        `^1 server.database these records are of an older Recount: 1 .* first ${last?.name} Start Recount once`,
      ),
    );
  await sql(test.url, 'update _prisma_migrations set rolled_back_at = null');
  const none = new URL(test.url);
  none.pathname = '/template1';
  expect(await tell(['sign-in-link'], none.href)).toMatch(/holds no records of Recount's Set DATABASE_URL/);
  expect(await rows()).toEqual(before);
  expect(existsSync(folder('version.tar.gz'))).toBe(false);
}, 120_000);
