import { statfs } from 'node:fs/promises';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';

/** Below this nothing can be relied on to be written. */
export const LEAST_FREE_BYTES = 512 * 1024 ** 2;

/** What this account may still write where a folder lies. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

export const isDiskFull = (error: unknown): boolean => isCode(error, 'ENOSPC') || isCode(error, 'EDQUOT');

/** Does what writes into a folder. A full disk becomes `disk.full`, which names the folder and what is free there. */
export async function sayingFull<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause;
    const free = (await freeBytes(folder)).toLocaleString('en-US');
    throw new Failure('disk.full', `The disk of ${folder} is full: ${free} bytes are free.`, {
      fix: 'Free room there, or name another place, and try again.',
      cause,
    });
  }
}
