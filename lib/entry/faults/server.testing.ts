import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { accountForServer, findBinaries } from '#lib/adapters/postgres-server/binaries';
import { freePort } from '#lib/adapters/postgres-server/embedded';

// A PostgreSQL that the suite may kill: the embedded one, or another one's binaries (RECOUNT_FAULTS_PG_BIN).

export type Server = {
  readonly url: string;
  readonly version: string;
  /** The folder of its cluster. */
  readonly data: string;
  /** Ends every process of it at once, as a power cut does; what the kernel has of its files stays. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Settings of a server that loses nothing in a crash of its processes, and does not wait for the shared disk. */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'on',
  max_connections: '120',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  log_min_messages: 'fatal',
  autovacuum_naptime: '5s',
};

type Options = {
  /** An empty folder that the server's account can reach; absent: a temporary one. */
  readonly home?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly initdb?: readonly string[];
};

export async function startServer({ home, settings = {}, initdb: also = [] }: Options = {}): Promise<Server> {
  const account = accountForServer();
  const own = process.env.RECOUNT_FAULTS_PG_BIN;
  const binaries = findBinaries(account);
  const initdb = own === undefined ? binaries.initdb : path.join(own, 'initdb');
  const postgres = own === undefined ? binaries.postgres : path.join(own, 'postgres');
  const folder = home ?? mkdtempSync('/tmp/recount-faults-pg-');
  if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid);
  const data = path.join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(data, account.uid, account.gid);
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', NODE_ENV: 'test' as const };
  const made = spawnSync(
    initdb,
    ['-D', data, '-U', 'recount', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N', ...also],
    {
      ...account,
      cwd: data,
      env,
      encoding: 'utf8',
    },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const url = `postgresql://recount:none@127.0.0.1:${port}/postgres`;
  const flags = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    for (;;) {
      const started = spawn(postgres, ['-D', data, '-p', String(port), ...flags], {
        ...account,
        cwd: data,
        env,
        stdio: ['ignore', 'ignore', 'ignore'],
      });
      child = started;
      if (await answers(url, started)) return;
      await sleep(100); // backends of the killed one may have a moment left
    }
  };
  const ended = (signal: NodeJS.Signals): Promise<void> =>
    new Promise((done) => {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return done();
      child.once('exit', () => done());
      child.kill(signal);
    });
  await start();
  const version = spawnSync(postgres, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return {
    url,
    version,
    data,
    start,
    crash: async () => {
      const pids = childrenOf(child?.pid ?? 0);
      await ended('SIGKILL');
      for (const pid of pids) kill(pid);
      // PostgreSQL takes a new start only when the old shared memory has no user any more
      while (pids.some(isAlive)) await sleep(5);
    },
    stop: async () => {
      await ended('SIGINT');
      if (home === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return true;
    } catch {
      await sleep(30);
    } finally {
      await client.end().catch(() => {});
    }
  }
  return false;
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
