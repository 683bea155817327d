import { statfs } from 'node:fs/promises';

/** Below this nothing can be relied on to be written. */
export const LEAST_FREE_BYTES = 512 * 1024 ** 2;

/** What this account may still write where a folder lies. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
