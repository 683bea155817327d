import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, readFile, realpath } from 'node:fs/promises';
import { Failure } from '#lib/base/failure';

/** What tells a file that was touched from one that was not. */
export type Stamp = {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
};

/**
 * The stamp of the file that is really at a path: neither it nor a folder above it may be a link by now, or another
 * file would be read than the one that was allowed. Throws what the file system says, ELOOP for a link.
 */
export async function stampOf(real: string): Promise<Stamp> {
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
    if ((await realpath(real)) !== real) throw linked(real);
    return { dev, ino, size, mtimeNs, ctimeNs };
  } finally {
    await file.close();
  }
}

const linked = (real: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${real} leads elsewhere by now`), { code: 'ELOOP', syscall: 'open' });

export const sameStamp = (a: Stamp, b: Stamp): boolean =>
  a.dev === b.dev &&
  a.ino === b.ino &&
  a.size === b.size &&
  a.mtimeNs === b.mtimeNs &&
  a.ctimeNs === b.ctimeNs;

/** Files up to this size are read whole and hashed off the main thread. */
const SMALL_BYTES = 32 * 1024 * 1024;
export const CHUNK_BYTES = 1024 * 1024;

/** SHA-256 of a file's bytes, as 64 hex digits. Failure archive.unreadable. */
export async function hashFile(
  real: string,
  shown: string,
  size: bigint,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<string> {
  try {
    if (size <= BigInt(SMALL_BYTES)) {
      const bytes = await readFile(real, { signal });
      const digest = await crypto.subtle.digest('SHA-256', bytes);
      onBytes(bytes.length);
      return Buffer.from(digest).toString('hex');
    }
    const hash: Hash = createHash('sha256');
    for await (const chunk of createReadStream(real, { highWaterMark: CHUNK_BYTES, signal })) {
      hash.update(chunk as Buffer);
      onBytes((chunk as Buffer).length);
    }
    return hash.digest('hex');
  } catch (cause) {
    throw unreadable(shown, cause, signal);
  }
}

/** An error of reading as the failure that it is: cancelled, or archive.unreadable naming the file. */
export function unreadable(shown: string, cause: unknown, signal?: AbortSignal): Failure {
  if (cause instanceof Failure) return cause;
  if (signal?.aborted) return new Failure('run.cancelled', 'The run was cancelled.', { cause });
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  const words =
    code === 'EACCES'
      ? 'permission denied'
      : code === 'ELOOP'
        ? 'it was replaced by a link while it was opened'
        : (code ?? String(cause));
  return new Failure('archive.unreadable', `${shown} cannot be read: ${words}.`, {
    at: { file: shown },
    cause,
  });
}
