import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';

/** A lock that is held. `assertHeld` throws when another process has taken it over. */
export type HeldLock = { readonly assertHeld: () => Promise<void> };

type Owner = {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  readonly born: string | null;
};

/**
 * Runs `work` while this process alone may write a live file. Unlike a short-lived lock it is never taken from a
 * process that lives, however long it works; one that died is known by its id and start time. Each lock carries a
 * token of its own, checked again right before the swap: two processes that took over at once can't both swap.
 * Failures: live.locked after `waitMs`.
 */
export async function withFileLock<T>(
  lockFile: string,
  waitMs: number,
  work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  const owner: Owner = { token: randomUUID(), pid: process.pid, host: hostname(), born: bornAt(process.pid) };
  const deadline = performance.now() + waitMs;
  while (!(await tryTake(lockFile, owner))) {
    const other = await ownerOf(lockFile);
    if (other !== null && isGone(other)) await removeStale(lockFile, other);
    else if (performance.now() > deadline) {
      throw new Failure(
        'live.locked',
        `Another process (${other?.pid ?? 'unknown'} on ${other?.host ?? 'unknown'}) is writing this file: it holds ${lockFile}.`,
        {
          fix: 'Wait for it to finish. If no such process runs, remove the lock file and try again.',
        },
      );
    } else await sleep(50);
  }
  try {
    return await work({
      assertHeld: async () => {
        if ((await ownerOf(lockFile))?.token === owner.token) return;
        throw new Failure('live.locked', `Another process took over ${lockFile}; nothing was written.`);
      },
    });
  } finally {
    if ((await ownerOf(lockFile))?.token === owner.token) await rm(lockFile, { force: true });
  }
}

/** The living process that holds a lock, in words; null where none does. Takes nothing. */
export async function lockHolder(lockFile: string): Promise<string | null> {
  const owner = await ownerOf(lockFile);
  return owner === null || isGone(owner) ? null : `process ${owner.pid} on ${owner.host}`;
}

/** The lock appears with its content or not at all (a link): one that died while writing it would never be known. */
async function tryTake(lockFile: string, owner: Owner): Promise<boolean> {
  const own = `${lockFile}.${owner.token}`;
  await writeFile(own, JSON.stringify(owner), { mode: 0o600 });
  try {
    await link(own, lockFile);
    return true;
  } catch (error) {
    // ENOENT: the holder tidied up meanwhile
    if (isCode(error, 'EEXIST') || isCode(error, 'ENOENT')) return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

async function ownerOf(lockFile: string): Promise<Owner | null> {
  try {
    const owner: unknown = JSON.parse(await readFile(lockFile, 'utf8'));
    return isOwner(owner) ? owner : null;
  } catch {
    return null;
  }
}

function isOwner(value: unknown): value is Owner {
  return typeof value === 'object' && value !== null && 'token' in value && 'pid' in value && 'host' in value;
}

/** Another host's process can't be looked at: it counts as living. */
function isGone(owner: Owner): boolean {
  if (owner.host !== hostname()) return false;
  return !isAlive(owner.pid) || (owner.born !== null && bornAt(owner.pid) !== owner.born);
}

/** Moves the dead process's lock away first, so that a lock which was taken meanwhile is seen and put back. */
async function removeStale(lockFile: string, dead: Owner): Promise<void> {
  const aside = `${lockFile}.${randomUUID()}`;
  try {
    await rename(lockFile, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if ((await ownerOf(aside))?.token !== dead.token) await rename(aside, lockFile);
  else await rm(aside, { force: true });
}

/** When a process started, as Linux counts it; null elsewhere. Tells a process from a later one of the same id. */
function bornAt(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
