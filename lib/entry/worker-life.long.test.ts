import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { PatchState, PatchView } from '#lib/patch/patch';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { type Prepared, preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// A real worker process, killed, stopped and held, while it writes a patch.

let test: TestContext;
const workers = new Set<ChildProcess>();

beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterEach(() => {
  for (const worker of workers) {
    worker.kill('SIGCONT');
    worker.kill('SIGKILL');
  }
  workers.clear();
});
afterAll(() => test.close());

function startWorker(databaseUrl = test.url): ChildProcess {
  const { env } = test.context;
  const worker = spawn(process.execPath, [path.resolve('lib/entry/worker.ts')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      RECOUNT_DATA_DIR: env.dataDir,
      DATABASE_URL: databaseUrl,
      RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
      RECOUNT_MEMORY_LIMIT: '512MB',
      RECOUNT_THREADS: '2',
    },
  });
  workers.add(worker);
  return worker;
}

const ended = (worker: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => worker.once('exit', (code) => resolve(code)));

async function until(
  id: string,
  isThere: (view: PatchView) => boolean,
  limitMs = 30_000,
): Promise<PatchView> {
  const startedMs = performance.now();
  for (;;) {
    const view = await showPatch(test.context, { id });
    if (isThere(view)) return view;
    if (performance.now() - startedMs > limitMs)
      throw new Error(`it stayed ${view.state}: ${JSON.stringify({ ...view, sql: '' })}`);
    await sleep(50);
  }
}
const stands = ({ state }: PatchView): boolean => (['applied', 'verified'] as PatchState[]).includes(state);

async function approved(): Promise<{ live: Prepared; patch: PatchView }> {
  const live = await preparePostgres(test);
  const { id, seal } = await proposePatch(test.context, { id: live.runId });
  return { live, patch: await approvePatch(test.context, { id, seal, reason: 'checked' }) };
}

const start = ({ id, seal, target }: PatchView): Promise<PatchView> =>
  applyPatch(test.context, { id, seal, confirm: target });

/** Another session that has locked the live rows, and the apply that waits for it. */
async function blocked(live: Prepared, patch: PatchView): Promise<{ release(): Promise<void> }> {
  const holder = new pg.Client({ connectionString: test.url });
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query(`begin; select 1 from ${live.target} for update`);
  await start(patch);
  await until(patch.id, ({ progress }) => progress.some(({ step }) => step === 'lock'));
  await sleep(300);
  return { release: () => holder.end() };
}

it('killed while it writes: its successor has the job at once, and the patch is there once', async () => {
  const { live, patch } = await approved();
  const first = startWorker();
  const { release } = await blocked(live, patch);
  expect(await showPatch(test.context, patch)).toMatchObject({ state: 'applying', waiting: false });
  first.kill('SIGKILL');
  await ended(first);
  await release();
  await until(patch.id, ({ waiting }) => waiting, 2_000);
  startWorker();
  // as it starts, not when it looks for what was left a minute later
  expect(await until(patch.id, stands, 45_000)).toMatchObject({ waiting: false });
  expect(await live.read()).toMatchObject({ ann: '1.50', 'c"o,l': '3.50' });
  const view = await until(patch.id, ({ state }) => state === 'verified');
  expect(view.verification).toMatchObject({ cells: 3, match: 3, differ: 0 });
  expect(view.verifyEvery).toBe('24h');
}, 90_000);

it('told to stop while the live store is slow: ends within 10 seconds, nothing is written; the next one finishes', async () => {
  const { live, patch } = await approved();
  await sql(
    test.url,
    `create table shop.slow (); create function shop.takes_long() returns bool language plpgsql as $$
       begin if to_regclass('shop.slow') is not null then perform pg_sleep(6); end if; return true; end $$;
     alter table ${live.target} add check (shop.takes_long()) not valid`,
  );
  const before = await live.read();
  const first = startWorker();
  await start(patch);
  await until(patch.id, ({ progress }) => progress.some(({ step }) => step === 'write'));
  const startedMs = performance.now();
  first.kill('SIGTERM');
  expect(await ended(first)).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(await live.read()).toEqual(before);
  expect(await showPatch(test.context, patch)).toMatchObject({ state: 'applying', waiting: true });
  await sql(test.url, 'drop table shop.slow');
  startWorker();
  await until(patch.id, stands, 60_000);
  expect(await live.read()).toMatchObject({ ann: '1.50' });
}, 90_000);

it('told to stop while nothing is in its way: finishes first', async () => {
  const { live, patch } = await approved();
  const first = startWorker();
  const holder = await blocked(live, patch);
  first.kill('SIGTERM');
  await sleep(200);
  await holder.release();
  expect(await ended(first)).toBe(0);
  expect(await showPatch(test.context, patch)).toMatchObject({ state: 'applied', waiting: false });
}, 60_000);

it('held by its machine: another worker has the job within 15 seconds, and the late one changes nothing', async () => {
  const { live, patch } = await approved();
  const first = startWorker();
  const { release } = await blocked(live, patch);
  const holding = async () =>
    (await test.context.store.jobLease.findFirst({ where: { recordId: patch.id } }))?.worker;
  const held = await holding();
  first.kill('SIGSTOP');
  const startedMs = performance.now();
  startWorker();
  while ((await holding()) === held) await sleep(100);
  expect(performance.now() - startedMs).toBeLessThan(18_000); // with the start of a process
  await release();
  // PostgreSQL does the same after 30 seconds of silence
  await sql(
    test.url,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'recount:%'",
  );
  await until(patch.id, stands, 60_000);
  const after = await live.read();
  first.kill('SIGCONT');
  await sleep(3_000);
  await until(patch.id, ({ state }) => state === 'verified');
  expect(await live.read()).toEqual(after);
}, 90_000);

/** The way to the records, which can be closed: what is open is cut, and nothing new gets through. */
async function recordsBehindDoor(): Promise<{
  readonly url: string;
  close(): void;
  open(): void;
  end(): void;
}> {
  const to = new URL(test.url);
  const pairs = new Set<Socket>();
  let isOpen = true;
  const door = createServer((client) => {
    client.on('error', () => undefined);
    if (!isOpen) return void client.destroy();
    const server = connect(Number(to.port), to.hostname);
    server.on('error', () => undefined);
    for (const socket of [client, server]) pairs.add(socket.once('close', () => pairs.delete(socket)));
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((done) => door.listen(0, '127.0.0.1', done));
  const url = new URL(test.url);
  url.port = String((door.address() as AddressInfo).port);
  const cut = (): void => {
    for (const socket of pairs) socket.destroy();
  };
  return {
    url: url.href,
    close: () => {
      isOpen = false;
      cut();
    },
    open: () => {
      isOpen = true;
    },
    end: () => {
      door.close();
      cut();
    },
  };
}

it('without its records it commits nothing; when they are back it writes the patch, once', async () => {
  const { live, patch } = await approved();
  const before = await live.read();
  const door = await recordsBehindDoor();
  startWorker(door.url);
  const { release } = await blocked(live, patch);
  door.close();
  await release();
  await sleep(4_000);
  expect(await live.read()).toEqual(before);
  expect(await showPatch(test.context, patch)).toMatchObject({ state: 'applying', waiting: true });
  door.open();
  await until(patch.id, ({ state }) => state === 'verified', 60_000);
  expect(await live.read()).toMatchObject({ ann: '1.50', 'c"o,l': '3.50' });
  door.end();
}, 90_000);
