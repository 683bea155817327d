import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '#lib/base/failure';

const STALE_AFTER_MS = 10 * 60_000;
/** Locks that this process holds: a file with our own id that is not among them was left by a reused id. */
const held = new Set<string>();

/**
 * Runs `work` while this process alone holds `file`. For short pieces of work that two starts must not do at
 * the same time (the first start of PostgreSQL, a build). A lock whose process is gone is taken over.
 * Throws `conflict` when another process still holds it after `waitMs`.
 */
export async function withLockFile<T>(file: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  const deadline = performance.now() + waitMs;
  while (held.has(file) || !tryLock(file)) {
    if (!held.has(file) && holderIsGone(file)) rmSync(file, { force: true });
    else if (performance.now() > deadline) {
      throw new Failure('conflict', `another process (${holderOf(file) ?? 'unknown'}) holds ${file}`, {
        fix: 'Wait for it to finish. If no such process runs, remove the file and try again.',
      });
    } else await sleep(100);
  }
  held.add(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
    held.delete(file);
  }
}

function tryLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function holderIsGone(file: string): boolean {
  try {
    const pid = holderOf(file);
    if (pid !== null && pid !== process.pid && isAlive(pid))
      return Date.now() - statSync(file).mtimeMs > STALE_AFTER_MS;
    // an empty file may be a lock that is just being written
    return pid !== null || Date.now() - statSync(file).mtimeMs > 2_000;
  } catch {
    return false;
  }
}

function holderOf(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** True where a process of this id exists, also one of another account. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** True where an error carries this code of the operating system (`ENOENT`, `EEXIST` …). */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
