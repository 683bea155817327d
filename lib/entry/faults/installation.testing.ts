import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startEmbedded } from '#lib/adapters/postgres-server/embedded';
import { openKeys } from '#lib/adapters/secrets/secret-keys';
import { openStore } from '#lib/adapters/store/client';
import { makeDataDir } from '#lib/entry/data-dir';
import { Admin } from '#lib/entry/faults/world.testing';
import { openRecords } from '#lib/entry/records';
import { closeContext } from '#lib/recovery/setup/context';
import { readEnv } from '#lib/recovery/setup/env';
import { openJobs } from '#lib/recovery/setup/jobs';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// A whole Recount as `npm start` makes it: starter, pages, worker, embedded PostgreSQL. Its processes may be killed.

const DATABASE = 'stack_live';
const READY_LIMIT_MS = 600_000; // the pages may have to be built

export type Installation = {
  /** Works with its records beside it; `url` is a database of the embedded server for live tables. */
  readonly test: TestContext;
  readonly admin: Admin;
  start(): Promise<void>;
  /** A request of the API as the page sends it. */
  ask(address: string, init?: RequestInit): Promise<Response>;
  /** Sends a body piece by piece; answers the status. */
  send(at: string, body: AsyncIterable<Uint8Array>): Promise<number>;
  /** Opens a stream of events and reads nothing of it yet. */
  follow(at: string): Promise<IncomingMessage>;
  /** The process of the pages or of the worker. */
  pidOf(name: 'web' | 'worker'): number;
  /** Until the pages answer, by a process that is not `gone`. */
  answers(gone?: number): Promise<void>;
  /** Every process of it at once, the embedded PostgreSQL too. */
  killAll(): Promise<void>;
  close(): Promise<void>;
};

/** Makes the data folder and the records; nothing but the embedded server runs yet. */
export async function makeInstallation(): Promise<Installation> {
  const dir = mkdtempSync(path.join(tmpdir(), 'recount-faults-stack-'));
  chmodSync(dir, 0o711); // the account of the embedded PostgreSQL must get through it
  const root = path.join(dir, 'root');
  mkdirSync(root);
  const port = await freePort();
  const settings = {
    RECOUNT_DATA_DIR: path.join(dir, 'data'),
    RECOUNT_ARCHIVE_ROOTS: `files=${root}`,
    RECOUNT_MEMORY_LIMIT: '512MB',
    RECOUNT_THREADS: '1',
    PORT: String(port),
  };
  makeDataDir(settings.RECOUNT_DATA_DIR);
  const records = await openRecords(readEnv(settings));
  const embedded = await startEmbedded(path.join(settings.RECOUNT_DATA_DIR, 'postgres'));
  const first = new Admin(embedded.url);
  await first.rows(`create database ${DATABASE}`);
  await first.close();
  const url = new URL(embedded.url);
  url.pathname = `/${DATABASE}`;
  const env = readEnv({ ...settings, DATABASE_URL: records.databaseUrl });
  // who acts in tests, from the one place that says it
  const other = await openTestContext();
  const { actor } = other.context;
  await other.close();
  const context = {
    actor,
    env,
    store: openStore(records.databaseUrl),
    jobs: await openJobs(records.databaseUrl, 'sender'),
    key: openKeys(env),
  };
  // one person does everything here
  await context.store.policy.updateMany({ data: { selfApproval: true } });
  const test: TestContext = { context, url: url.href, root, close: () => closeContext(context, 0) };
  const running = runner(settings, `http://127.0.0.1:${port}`);
  const admin = new Admin(url.href);
  return {
    test,
    admin,
    ...running,
    close: async () => {
      await admin.close();
      await test.close();
      await running.killAll();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function runner(
  settings: Readonly<Record<string, string>>,
  address: string,
): Omit<Installation, 'test' | 'admin' | 'close'> {
  let starter: ChildProcess | null = null;
  let cookies = '';
  const answers = async (gone = 0): Promise<void> => {
    const limitMs = performance.now() + READY_LIMIT_MS;
    while (performance.now() < limitMs) {
      const isThere = await fetch(`${address}/api/v1/health`).then(
        (response) => response.ok,
        () => false,
      );
      if (isThere && pidOf('web') !== gone) return;
      if (starter?.exitCode !== null) throw new Error(`it ended with ${starter?.exitCode}`);
      await sleep(50);
    }
    throw new Error('the pages do not answer');
  };
  const pidOf = (name: 'web' | 'worker'): number =>
    childrenOf(starter?.pid ?? 0).find((pid) => commandOf(pid).includes(`lib/entry/${name}.ts`)) ?? 0;
  const postmaster = (): number => {
    const file = path.join(settings.RECOUNT_DATA_DIR ?? '', 'postgres', 'data', 'postmaster.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  };
  return {
    answers,
    pidOf,
    start: async () => {
      const env = { ...process.env, DATABASE_URL: '', ...settings };
      starter = spawn(process.execPath, [path.resolve('lib/entry/run.js'), 'start'], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [starter.stdout, starter.stderr])
        stream?.on('data', (words: Buffer) => {
          said += words.toString();
          const log = process.env.RECOUNT_FAULTS_LOG;
          if (log !== undefined) appendFileSync(`${log}.stack`, words);
        });
      await answers();
      while (!said.includes('data in ')) await sleep(20);
      // the link that the first start prints; later ones go on with its session
      const token = /\/welcome#(\S+)/.exec(said)?.[1];
      if (token !== undefined) cookies = await signedIn(address, token);
    },
    ask: (at, init = {}) =>
      fetch(`${address}${at}`, {
        ...init,
        headers: { accept: 'application/json', cookie: cookies, ...init.headers },
      }),
    send: (at, body) =>
      new Promise((done, fail) => {
        const headers = { cookie: cookies, 'content-type': 'application/octet-stream' };
        const sent = request(`${address}${at}`, { method: 'PUT', headers }, (response) => {
          response.resume();
          done(response.statusCode ?? 0);
        });
        sent.once('error', fail);
        pipeline(Readable.from(body), sent).catch(fail);
      }),
    follow: (at) =>
      new Promise((done, fail) => {
        const headers = { cookie: cookies, accept: 'text/event-stream' };
        const sent = request(`${address}${at}`, { headers }, (response) => {
          response.pause();
          done(response);
        });
        sent.once('error', fail);
        sent.end();
      }),
    killAll: async () => {
      const server = postmaster();
      const all = [starter?.pid ?? 0, ...descendantsOf(starter?.pid ?? 0), server, ...childrenOf(server)];
      for (const pid of all.filter((one) => one > 1)) kill(pid);
      while (all.some((pid) => pid > 1 && isAlive(pid))) await sleep(10);
    },
  };
}

async function signedIn(address: string, token: string): Promise<string> {
  const response = await fetch(`${address}/api/v1/welcome`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (!response.ok) throw new Error(`the sign-in link answers ${response.status}: ${await response.text()}`);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

const commandOf = (pid: number): string => readProcess(pid, 'cmdline').replaceAll('\0', ' ');
const childrenOf = (pid: number): number[] =>
  pid < 2 ? [] : readProcess(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap((one) => [one, ...descendantsOf(one)]);
const isAlive = (pid: number): boolean => /^\S+ \(.*\) [^Z]/.test(readProcess(pid, 'stat'));

function readProcess(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone
  }
}
