import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli } from '#lib/entry/contract.testing';
import { listAudit } from '#lib/recovery/audit/list-audit';
import { exportPlan } from '#lib/recovery/incidents/export-plan';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { startPreview } from '#lib/recovery/incidents/start-preview';
import { describeLiveTable } from '#lib/recovery/live-stores/describe-live-table';
import { downloadLedgerSql } from '#lib/recovery/live-stores/download-ledger-sql';
import { listLiveStores } from '#lib/recovery/live-stores/list-live-stores';
import { listLiveTables } from '#lib/recovery/live-stores/list-live-tables';
import { setStorePassword } from '#lib/recovery/live-stores/set-store-password';
import { testPostgres } from '#lib/recovery/live-stores/test-live-store';
import { readHealth } from '#lib/recovery/operations/read-health';
import { readMetrics } from '#lib/recovery/operations/read-metrics';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { type Prepared, preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { openSharedReport } from '#lib/recovery/reports/open-shared-report';
import { downloadReport, showReport } from '#lib/recovery/reports/read-report';
import { shareReport } from '#lib/recovery/reports/share-report';
import { readRun } from '#lib/recovery/runs/read-run';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// A password that nobody else has, through a whole recovery; then it is looked for in everything that came of it.

const CANARY = 'c4nary:p@ss/w%rd"7f3a';
const FORMS = [
  CANARY,
  encodeURIComponent(CANARY),
  JSON.stringify(CANARY).slice(1, -1),
  Buffer.from(CANARY).toString('base64').replace(/=+$/, ''),
  Buffer.from(CANARY).toString('hex'),
];

let test: TestContext;
let live: Prepared;
let worker: ChildProcess;
let logged = '';
const seen: Record<string, string> = {};
const told: unknown[] = [];

beforeAll(async () => {
  test = await openTestContext();
  await test.context.store.person.create({ data: { id: 'mira', name: 'Mira', role: 'approver' } });
  live = await preparePostgres(test);
  await sql(test.url, `alter role live_totals_1 password '${CANARY}'`);
  worker = spawn(process.execPath, [path.resolve('lib/entry/worker.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      RECOUNT_LOG: 'json',
      RECOUNT_DATA_DIR: test.context.env.dataDir,
      DATABASE_URL: test.url,
      RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
      RECOUNT_MEMORY_LIMIT: '512MB',
    },
  });
  for (const stream of [worker.stdout, worker.stderr])
    stream?.on('data', (chunk: Buffer) => {
      logged += chunk.toString('utf8');
    });
}, 90_000);
afterAll(async () => {
  worker.kill('SIGKILL');
  await test.close();
});

const mira = () => ({
  ...test.context,
  actor: { ...test.context.actor, id: 'mira', name: 'Mira', role: 'approver' as const },
});

/** Looks at all processes, with their environments, until something is there. */
async function until(isThere: () => Promise<boolean>): Promise<void> {
  for (const limitMs = performance.now() + 60_000; !(await isThere()); await sleep(50)) {
    seen.processes = `${seen.processes ?? ''}${spawnSync('ps', ['axeww'], { encoding: 'utf8', maxBuffer: 64e6 }).stdout}`;
    if (performance.now() > limitMs) throw new Error(`it did not come: ${logged}`);
  }
}

/** What a call threw, in every way that it could be printed. */
async function thrown(work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (caught: unknown) => caught,
  );
  told.push(error);
  expect(JSON.stringify(error)).not.toContain('it was not refused');
  seen.errors = `${seen.errors ?? ''}${inspect(error, { depth: 12 })}${JSON.stringify(error)}`;
}

async function recover(): Promise<{ patchId: string; token: string }> {
  const { context } = test;
  await thrown(testPostgres(context, await record()));
  await thrown(setStorePassword(context, { id: live.liveStoreId, password: `${CANARY} not` }));
  await setStorePassword(context, { id: live.liveStoreId, password: CANARY });
  const { id: runId } = await startPreview(context, { ref: live.incidentId });
  await until(async () => (await readRun(context, { id: runId })).state === 'done');
  const { id, seal, target } = await proposePatch(context, { id: runId });
  await approvePatch(mira(), { id, seal, reason: 'checked' });
  await applyPatch(mira(), { id, seal, confirm: target });
  await until(async () => (await showPatch(context, { id })).state === 'verified');
  const { url } = await shareReport(context, { ref: live.incidentId, days: 1, maskKeys: false });
  // and one that cannot reach its store any more
  await sql(test.url, `alter role live_totals_1 nologin`);
  const failing = await startPreview(context, { ref: live.incidentId });
  await until(async () => (await readRun(context, { id: failing.id })).state === 'failed');
  return { patchId: id, token: url.replace('/r#', '') };
}

const record = () => test.context.store.liveStore.findUniqueOrThrow({ where: { id: live.liveStoreId } });

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

it('stands in no file, record, answer, error, log, process or backup', async () => {
  const { context } = test;
  const { patchId, token } = await recover();
  const ref = live.incidentId;
  const id = live.liveStoreId;
  const answers = [
    await listLiveStores(context),
    await readIncident(context, { ref }),
    await showPatch(context, { id: patchId }),
    await showReport(context, { ref }),
    await openSharedReport(context, { token }),
    await readHealth(context),
    await (await readMetrics(context)).text(),
    await (await exportPlan(context, { ref }, new Request('http://localhost/'))).text(),
    await (await downloadLedgerSql(context, { id })).text(),
    await (await downloadReport('html')(context, { ref })).text(),
    await (await downloadReport('json')(context, { ref })).text(),
    await listAudit(context, { limit: 100 }),
  ];
  seen.answers = inspect(answers, { depth: 20, maxArrayLength: null, maxStringLength: null });
  await thrown(listLiveTables(context, { id }));
  await thrown(describeLiveTable(context, { id, name: 'shop.totals_1' }));
  seen.context = inspect({ ...context, store: null, jobs: null }, { depth: 20, showHidden: true });
  const backup = path.join(test.root, '..', 'backup.tar.gz');
  const env = { DATABASE_URL: test.url, RECOUNT_DATA_DIR: context.env.dataDir };
  const made = await cli(['backup', '--out', backup, '--with-key'], { env });
  expect(made.exit).toBe(0);
  seen.command = made.stdout + made.stderr;
  seen.backup = gunzipSync(readFileSync(backup)).toString('latin1');
  for (const file of filesIn(path.join(test.root, '..'))) seen[file] = readFileSync(file, 'latin1');
  const tables = await sql(
    test.url,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  for (const { name } of tables)
    seen[`table ${name}`] = JSON.stringify(await sql(test.url, `select t::text from ${name} t`));
  seen.log = logged;

  expect(Object.keys(seen).length).toBeGreaterThan(60);
  expect(seen.log).toContain('"job":"apply"');
  expect(seen.processes).toContain('worker.ts');
  const found = Object.entries(seen).filter(([, text]) => FORMS.some((form) => text.includes(form)));
  expect(found.map(([where]) => where)).toEqual([]);
  // it would have been found
  expect(FORMS.some((form) => `postgres://u:${encodeURIComponent(CANARY)}@h/d`.includes(form))).toBe(true);
}, 240_000);
