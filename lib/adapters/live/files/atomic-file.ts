import type { BigIntStats } from 'node:fs';
import { copyFile, link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';

/** Makes renames and new names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file so that a crash leaves the old content or the new, never a part. It gets the owner and the
 * permissions of `like`: whoever may use the live file may use what stands beside it.
 */
export async function writeAtomically(
  file: string,
  parts: Iterable<string>,
  like: BigIntStats,
): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.new`);
  const handle = await open(temporary, 'w', 0o600);
  try {
    for (const part of parts) await handle.writeFile(part);
  } finally {
    await handle.close();
  }
  await takeOver(temporary, like);
  await rename(temporary, file);
  await syncFolder(path.dirname(file));
}

/** Gives the new file the owner and mode of the old one. Failures: live.not_writable where that isn't allowed. */
export async function takeOver(file: string, old: BigIntStats): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const mine = await handle.stat({ bigint: true });
    if (mine.uid !== old.uid || mine.gid !== old.gid) await handle.chown(Number(old.uid), Number(old.gid));
    await handle.chmod(Number(old.mode & 0o7777n));
    await handle.sync();
  } catch (error) {
    if (!isCode(error, 'EPERM')) throw error;
    throw new Failure(
      'live.not_writable',
      `A new ${file} would not keep its owner (${old.uid}:${old.gid}).`,
      {
        fix: 'Run Recount as the owner of the file.',
        cause: error,
      },
    );
  } finally {
    await handle.close();
  }
}

/** Gives a file's content a second name that stays when the first one is swapped: a link, or a copy where links fail. */
export async function keepAs(file: string, kept: string): Promise<void> {
  await rm(kept, { force: true });
  try {
    await link(file, kept);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].some((code) => isCode(error, code)))
      throw error;
    await copyFile(file, kept);
    const handle = await open(kept, 'r+');
    await handle.sync().finally(() => handle.close());
  }
}
