import { statfs } from 'node:fs/promises';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';

/**
 * Does the staging of one archive file into `folder`. A full disk becomes a disk.full that names the file, about how much
 * its staged form takes, and how much is free.
 */
export async function namingFullDisk<T>(
  folder: string,
  file: { readonly path: string; readonly bytes: bigint | number },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const isFull = cause instanceof Failure ? cause.code === 'disk.full' : isCode(cause, 'ENOSPC');
    if (!isFull) throw cause;
    const { bavail, bsize } = await statfs(folder);
    throw new Failure(
      'disk.full',
      `The disk of the data folder is full: ${file.path} could not be staged. Its staged form needs about as much as the file, ${grouped(file.bytes)} bytes; ${grouped(bavail * bsize)} bytes are free.`,
      { at: { file: file.path }, cause },
    );
  }
}

const grouped = (n: bigint | number): string => n.toLocaleString('en-US');
