import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ZodType } from 'zod';

/** The folder of everything that is known of a content. */
export const contentDir = (stageDir: string, sha256: string): string =>
  join(stageDir, sha256.slice(0, 2), sha256);

/** Notes that a content is used: what nobody used for long is removed by lib/recovery/operations/sweep-folders.ts. */
export async function markUsed(stageDir: string, sha256: string): Promise<void> {
  const now = new Date();
  await utimes(contentDir(stageDir, sha256), now, now).catch(() => undefined); // made again where it is gone
}

/** A JSON file of the cache; null where there is none, or where it is of another form. */
export async function readJson<T>(path: string, form: ZodType<T>): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return null;
  }
  try {
    return form.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Writes a JSON file so that it is there whole or not at all. */
export async function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temp = `${path}.${randomUUID()}`;
  await writeFile(temp, JSON.stringify(value));
  await rename(temp, path);
}

/**
 * Makes a folder of the cache: `fill` writes into a folder of another name, which is then renamed, so that a
 * half-written part is never seen. Where another run was quicker, its folder stands.
 */
export async function makeDir(target: string, fill: (dir: string) => Promise<void>): Promise<void> {
  const temp = `${target}.${randomUUID()}.part`;
  await mkdir(temp, { recursive: true });
  try {
    await fill(temp);
    await rename(temp, target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}
