import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isAlive, withLockFile } from '#lib/adapters/lock/lock-file';
import {
  type Account,
  accountForServer,
  type Binaries,
  findBinaries,
  reachableFolder,
} from '#lib/adapters/postgres-server/binaries';
import { Failure } from '#lib/base/failure';

const START_LIMIT_MS = 30_000;
const JOIN_LIMIT_MS = 20_000;
const STALE_LIMIT_MS = 10_000;

export type EmbeddedServer = {
  /** The `postgres` database, as the superuser `recount`. Holds the password: never print it. */
  readonly url: string;
  readonly port: number;
  /** False when a server of this folder ran already and was joined. */
  readonly startedHere: boolean;
  /** Ends the server cleanly (`fast`: open sessions are rolled back), whoever started it. */
  stop(): Promise<void>;
};

type Cluster = {
  readonly folder: string;
  readonly data: string;
  readonly account: Account;
  readonly binaries: Binaries;
  /** The npm package's own binaries, whose version is known. */
  readonly isPackaged: boolean;
  readonly password: string;
};

/**
 * Starts the PostgreSQL of the npm package on `dir`, or joins the one that runs there. Loopback only, with a
 * password, on a free port that is kept in the folder. The server is detached: it outlives a killed starter,
 * and the next start joins it. `own`: other binaries than the package's. Throws `server.postgres`.
 */
export async function startEmbedded(
  dir: string,
  flags: readonly string[] = [],
  own?: Binaries,
): Promise<EmbeddedServer> {
  const account = accountForServer();
  const folder = reachableFolder(path.resolve(dir), account);
  return withLockFile(path.join(folder, 'start.lock'), 60_000, async () => {
    const cluster: Cluster = {
      folder,
      data: path.join(folder, 'data'),
      account,
      binaries: own ?? findBinaries(account),
      isPackaged: own === undefined,
      password: readSecret(path.join(folder, 'password'), account),
    };
    const known = keptPort(folder);
    if (known !== null && (await isJoined(cluster, known))) return serverOf(cluster, known, false);
    if (!existsSync(path.join(cluster.data, 'PG_VERSION'))) initialise(cluster);
    const port = known !== null && (await isFree(known)) ? known : await freePort();
    writeFileSync(path.join(folder, 'port'), String(port));
    await launch(cluster, port, flags);
    return serverOf(cluster, port, true);
  });
}

/** Whether the kept server is there. On a busy machine, or while it recovers, it may be some time before it answers. */
async function isJoined(cluster: Cluster, port: number): Promise<boolean> {
  const began = performance.now();
  for (;;) {
    if (await answers(urlOf(cluster, port))) return true;
    if (!isServed(cluster.data) || performance.now() - began > JOIN_LIMIT_MS) return false;
    await sleep(200);
  }
}

/** True while the process lives that the cluster's own note names. */
function isServed(data: string): boolean {
  try {
    return isAlive(Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]));
  } catch {
    return false;
  }
}

const urlOf = (cluster: Cluster, port: number): string =>
  `postgresql://recount:${cluster.password}@127.0.0.1:${port}/postgres`;

function serverOf(cluster: Cluster, port: number, startedHere: boolean): EmbeddedServer {
  return { url: urlOf(cluster, port), port, startedHere, stop: () => stopCluster(cluster) };
}

/** Reads a secret of the folder; makes it at the first start. Only its owner may read it. */
export function readSecret(file: string, account: Account = {}): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(file, account.uid, account.gid);
  return readFileSync(file, 'utf8').trim();
}

function initialise({ data, account, binaries, isPackaged, folder }: Cluster): void {
  rmSync(data, { recursive: true, force: true }); // what an interrupted initdb left
  mkdirSync(data, { mode: 0o700 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(data, account.uid, account.gid);
  const options = [
    '-D',
    data,
    '-U',
    'recount',
    '-A',
    'scram-sha-256',
    `--pwfile=${path.join(folder, 'password')}`,
  ];
  // the builtin provider sorts by code point the same way on every system; PostgreSQL has it from 17 on
  const builtin = isPackaged ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const locale = ['-E', 'UTF8', ...builtin, '--locale=C'];
  const run = spawnSync(binaries.initdb, [...options, ...locale], {
    ...account,
    cwd: data,
    encoding: 'utf8',
    env: cleanEnv(),
  });
  if (run.status === 0) return;
  rmSync(data, { recursive: true, force: true });
  throw new Failure('server.postgres', `initdb failed: ${(run.stderr || run.error?.message || '').trim()}`, {
    cause: run.error,
  });
}

async function launch(cluster: Cluster, port: number, flags: readonly string[]): Promise<void> {
  const logFile = path.join(cluster.folder, 'postgres.log');
  const began = performance.now();
  for (;;) {
    const exit = await launchOnce(cluster, port, flags, logFile);
    if (exit === null) return;
    // After kill -9 the old backends or the old postmaster.pid may stay for some seconds.
    const stale = /lock file "postmaster\.pid" already exists|pre-existing shared memory block/.test(exit);
    if (!stale) throw new Failure('server.postgres', `PostgreSQL ended while starting:\n${exit}`);
    if (performance.now() - began > STALE_LIMIT_MS && !forgetReusedPid(cluster.data)) {
      throw new Failure('server.postgres', `another PostgreSQL uses ${cluster.data}:\n${exit}`, {
        fix: 'End that server, then start again. If none runs, remove the file postmaster.pid in that folder.',
      });
    }
    await sleep(500);
  }
}

/** Starts the server once: null when it answers, else the last lines of what it said. */
async function launchOnce(
  cluster: Cluster,
  port: number,
  flags: readonly string[],
  logFile: string,
): Promise<string | null> {
  const { account, binaries, data } = cluster;
  const log = openSync(logFile, 'a', 0o600);
  const listen = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const child = spawn(binaries.postgres, ['-D', data, '-p', String(port), ...listen, ...flags], {
    ...account,
    cwd: data,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
    env: cleanEnv(),
  });
  closeSync(log);
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended ??= `exit ${code ?? signal}`;
  });
  child.unref();
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline) {
    if (await answers(urlOf(cluster, port))) return null;
    if (ended !== null) return `${ended}\n${lastLines(logFile)}`;
    await sleep(50);
  }
  child.kill();
  return `no answer within ${START_LIMIT_MS / 1000} s\n${lastLines(logFile)}`;
}

/** Removes a postmaster.pid whose process is another program (ids are reused in containers). Linux only. */
function forgetReusedPid(data: string): boolean {
  const file = path.join(data, 'postmaster.pid');
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n', 1)[0]);
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')) return false;
    rmSync(file);
    return true;
  } catch {
    return false;
  }
}

async function stopCluster({ account, binaries, data }: Cluster): Promise<void> {
  if (!existsSync(path.join(data, 'postmaster.pid'))) return;
  const args = ['stop', '-D', data, '-m', 'fast', '-w', '-t', '20'];
  const child = spawn(binaries.pgCtl, args, { ...account, cwd: data, stdio: 'ignore', env: cleanEnv() });
  await new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
}

/** True when a server answers at `url` and takes the password. */
async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_500 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function keptPort(folder: string): number | null {
  const file = path.join(folder, 'port');
  const port = existsSync(file) ? Number(readFileSync(file, 'utf8')) : Number.NaN;
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
}

const isFree = (port: number): Promise<boolean> =>
  listenOnce(port).then(
    () => true,
    () => false,
  );
/** A port of the loopback address that nobody listens on just now. */
export const freePort = (): Promise<number> => listenOnce(0);

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

const lastLines = (file: string): string =>
  readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n');

/** The server gets no setting of ours by accident (PGDATA, PGPORT …). */
function cleanEnv(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TZ } = process.env;
  const env: Record<string, string> = { LC_ALL: 'C' };
  for (const [name, value] of Object.entries({ PATH, SystemRoot, TZ }))
    if (value !== undefined) env[name] = value;
  return { ...env, NODE_ENV: 'production' };
}
