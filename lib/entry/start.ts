import { request } from 'node:http';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isCode } from '#lib/adapters/lock/lock-file';
import { captureOutput, openLog, setLog, theLog } from '#lib/adapters/log/log';
import { openKeys } from '#lib/adapters/secrets/secret-keys';
import { Failure } from '#lib/base/failure';
import { buildPages } from '#lib/entry/build-pages';
import { backOff, type Child, startChild } from '#lib/entry/children';
import { makeDataDir } from '#lib/entry/data-dir';
import { generateClient } from '#lib/entry/generate-client';
import { lockInstance } from '#lib/entry/instance-lock';
import { openRecords, type Records } from '#lib/entry/records';
import { type Env, readEnv, unknownSettings } from '#lib/recovery/setup/env';

// `npm start` and `npm run dev`: everything that Recount needs, started in order and ended together.

const GRACE_MS = 12_000;
const READY_LIMIT_MS = 120_000;
/** Pages that end so often, each time soon after their start, are not started again. */
const MOST_STARTS = 5;
const STEADY_MS = 60_000;

const development = process.argv.includes('--dev');
const say = (line: string): void => theLog().info(line);
const ends: (() => Promise<void>)[] = [];
let ending = false;
let ready = false;

/** Ends what was started, the last first. A second signal does not wait. */
async function endAll(exitCode: number): Promise<void> {
  if (ending) return;
  ending = true;
  for (const end of ends.toReversed()) {
    try {
      await end();
    } catch (error) {
      console.error(error);
    }
  }
  process.exit(exitCode);
}

function onSignal(signal: NodeJS.Signals): void {
  if (ending && signal === 'SIGINT') process.exit(130);
  if (!ending) say('ending …');
  void endAll(0);
}

async function start(): Promise<void> {
  const env = readEnv();
  const log = setLog(openLog(env.log === 'json' ? 'start' : 'recount', env.log));
  captureOutput(log); // so that no name in a message can steer a terminal
  for (const words of unknownSettings()) say(`warning: ${words}`);
  const address = `http://${env.host.includes(':') ? `[${env.host}]` : env.host}:${env.port}`;
  makeDataDir(env.dataDir);
  const opened = env.origin ?? address;
  const lock = await lockInstance(env.dataDir, opened);
  ends.push(lock.release);
  openKeys(env); // a key that can't be used is said here, once
  await refuseTakenPort(env);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  await generateClient();
  if (!development) await buildPages(say);
  const records = await openRecords(env);
  ends.push(records.stop);
  const link = await firstLink(records, opened);
  if (ending) return;
  launch(env, records);
  await answers(env);
  ready = true;
  say(`ready at ${opened}`);
  if (link !== null) {
    say('nobody can sign in yet; this link does it once, within 24 hours, as the first admin:');
    say(`  ${link}`);
  }
  say(`data in ${path.relative('.', env.dataDir) || '.'}, ${records.words}; Ctrl-C ends it`);
}

function launch(env: Env, records: Records): void {
  const variables: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: development ? 'development' : 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    // a line of the log has no colours of a library's
    ...(development ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined }),
    RECOUNT_DATA_DIR: env.dataDir,
    DATABASE_URL: records.databaseUrl,
    RECOUNT_SAMPLE_DATABASE_URL: records.sampleDatabaseUrl ?? '',
  };
  const pause = backOff();
  const pagesPause = backOff();
  let pagesEnded = 0;
  const worker = startChild('worker', {
    env: variables,
    onEnd: (how, upMs) => {
      const delayMs = pause(upMs);
      say(`the worker ended (${how}); starting it again in ${delayMs / 1000} s`);
      return delayMs;
    },
  });
  const web = startChild('web', {
    env: variables,
    args: development ? ['--dev'] : [],
    onEnd: (how, upMs) => {
      pagesEnded = upMs > STEADY_MS ? 1 : pagesEnded + 1;
      if (!ready || pagesEnded > MOST_STARTS) {
        say(`the pages ended (${how}); ending everything`);
        void endAll(1);
        return null;
      }
      // the worker goes on meanwhile: what it writes needs no page
      const delayMs = pagesPause(upMs);
      say(`the pages ended (${how}); starting them again in ${delayMs / 1000} s`);
      return delayMs;
    },
  });
  ends.push(() => stopBoth(worker, web));
}

async function stopBoth(...children: Child[]): Promise<void> {
  await Promise.all(children.map((child) => child.stop(GRACE_MS)));
}

async function refuseTakenPort({ host, port }: Env): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      const taken = isCode(error, 'EADDRINUSE');
      const words = taken
        ? `another program listens on ${host}:${port}`
        : `${host}:${port} cannot be used: ${error.message}`;
      reject(new Failure('server.port_taken', words, { cause: error }));
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

/** The generated client is there only now. */
async function firstLink({ databaseUrl }: Records, origin: string): Promise<string | null> {
  const { closeStore, openStore } = await import('#lib/adapters/store/client');
  const { firstSignInLink } = await import('#lib/recovery/access/sign-in-link');
  const store = openStore(databaseUrl);
  try {
    return await firstSignInLink(store, origin);
  } finally {
    await closeStore(store);
  }
}

/** Waits until the pages answer, asked by the name that they answer for. */
async function answers({ host, port, origin }: Env): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS;
  let last = 'nothing';
  while (performance.now() < deadline && !ending) {
    try {
      const status = await askHealth(host, port, origin);
      if (status === 200) return;
      last = `status ${status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await sleep(100);
  }
  if (!ending) throw new Failure('server.fault', `the pages do not answer: ${last}`);
}

function askHealth(host: string, port: number, origin: string | null): Promise<number> {
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const headers = origin === null ? {} : { host: new URL(origin).host };
  return new Promise((resolve, reject) => {
    const at = { host: everywhere[host] ?? host, port, path: '/api/v1/health', headers };
    const asked = request(at, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.once('error', reject);
    asked.end();
  });
}

try {
  await start();
} catch (error) {
  if (error instanceof Failure) theLog().error(`${error.message}\n${error.fix}`);
  else theLog().error('a fault', { stack: error instanceof Error ? error.stack : String(error) });
  await endAll(error instanceof Failure && error.code === 'env.invalid' ? 2 : 1);
}
