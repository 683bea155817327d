import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';

/** The bytes of a file; 0 where it is not there. */
export async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

/**
 * Appends what a request's body brings at the end of a part of `from` bytes, at most to `limit` bytes. Answers the bytes
 * that are there then: a body that breaks off leaves what came before it. Failures: upload.mismatch for more bytes than
 * were announced (nothing of this body is kept), disk.full.
 */
export async function appendBody(
  part: string,
  from: number,
  limit: number,
  body: ReadableStream<Uint8Array> | null,
): Promise<number> {
  await onDisk(() => mkdir(path.dirname(part), { recursive: true }));
  const handle = await onDisk(() => open(part, from === 0 ? 'w' : 'r+'));
  let at = from;
  try {
    for await (const chunk of body ?? []) {
      if (at + chunk.byteLength > limit) {
        await handle.truncate(from);
        throw new Failure('upload.mismatch', `More than the ${limit} bytes that were announced arrived.`);
      }
      await onDisk(() => writeAll(handle, chunk, at));
      at += chunk.byteLength;
    }
    return at;
  } catch (error) {
    if (error instanceof Failure) throw error;
    return at; // the sender went away: what arrived is a beginning of the file all the same
  } finally {
    // a chunk that was cut by a full disk must not count
    await handle.truncate(Math.min(at, (await handle.stat()).size));
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength; ) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.byteLength - done, at + done);
    done += bytesWritten;
  }
}

/** Runs a file operation; a full disk becomes the failure disk.full. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isCode(cause, 'ENOSPC') || isCode(cause, 'EDQUOT'))
      throw new Failure('disk.full', 'The disk of the data folder is full.', {
        cause,
      });
    throw cause;
  }
}

/** SHA-256 of a file; of nothing where it is not there and holds nothing. */
export async function hashOf(file: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  if (bytes > 0) for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** Puts a whole part in its place, on disk before it has its name. */
export async function publishPart(part: string, file: string): Promise<void> {
  await onDisk(async () => {
    await mkdir(path.dirname(part), { recursive: true });
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(part, 'a');
    await handle.sync();
    await handle.close();
    await rename(part, file);
  });
}

/** Removes a file; one that is not there is removed already. */
export const removeFile = (file: string): Promise<void> => rm(file, { force: true });
