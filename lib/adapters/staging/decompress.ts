import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { CHUNK_BYTES, unreadable } from '#lib/adapters/staging/file-bytes';
import { STAGE_LIMITS, type StageLimits } from '#lib/archive/stage';
import { Failure } from '#lib/base/failure';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Below this size a high ratio is no danger, and short repetitive files have one. */
const RATIO_FLOOR_BYTES = 8 * 1024 * 1024;
const ZSTD_MAGICS = [0xfd2fb528, ...Array.from({ length: 16 }, (_, i) => 0x184d2a50 + i)];

/**
 * The content of a file, decompressed, in chunks. All gzip members and zstd frames are read and their check
 * sums verified; a stream that ends early, damage, and bytes after the end are failures with the place.
 * Failures: archive.unreadable, archive.limit, run.cancelled.
 */
export async function* contentOf(
  real: string,
  shown: string,
  compression: Compression,
  limits: StageLimits = STAGE_LIMITS,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    try {
      // a buffer no larger than a small file: many small files would keep the collector busy
      const { size } = await stat(real);
      const highWaterMark = Math.min(CHUNK_BYTES, Math.max(size, 4096));
      for await (const chunk of createReadStream(real, { highWaterMark, signal })) yield chunk as Buffer;
    } catch (cause) {
      throw unreadable(shown, cause, signal);
    }
    return;
  }
  const { size } = await stat(real);
  let [at, out] = [0, 0];
  do {
    const frame = decoded(real, shown, compression, at, size, signal);
    for (;;) {
      const next = await frame.next();
      if (next.done) {
        at += next.value;
        break;
      }
      out += next.value.length;
      limit(shown, compression, out, size, limits);
      yield next.value;
    }
    if (at < size) await refuseGarbage(real, shown, compression, at);
  } while (at < size);
}

/** One run of the decoder from an offset; returns how many compressed bytes it took. */
async function* decoded(
  real: string,
  shown: string,
  compression: 'gzip' | 'zstd',
  from: number,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, number> {
  const decoder = compression === 'gzip' ? createGunzip({ chunkSize: 262_144 }) : createZstdDecompress();
  const source = createReadStream(real, { start: from, highWaterMark: CHUNK_BYTES, signal });
  source.on('error', (error) => decoder.destroy(error));
  try {
    for await (const chunk of source.pipe(decoder)) yield chunk as Buffer;
    return decoder.bytesWritten;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (signal?.aborted || /^E[A-Z]+$/.test(code)) throw unreadable(shown, cause, signal);
    const words =
      code === 'Z_BUF_ERROR'
        ? `the ${compression} stream ends early at byte ${size} of the compressed file`
        : `the ${compression} stream is damaged near byte ${from + decoder.bytesWritten} of the compressed file (${(cause as Error).message})`;
    throw new Failure('archive.unreadable', `${shown}: ${words}. Nothing of it was used.`, {
      at: { file: shown },
      cause,
    });
  } finally {
    source.destroy();
    decoder.destroy();
  }
}

async function refuseGarbage(real: string, shown: string, compression: string, at: number): Promise<void> {
  const head = await headOf(real, 4, at);
  if (compression === 'zstd' && head.length === 4 && ZSTD_MAGICS.includes(head.readUInt32LE(0))) return;
  throw new Failure(
    'archive.unreadable',
    `${shown}: after the end of the ${compression} stream, at byte ${at}, come bytes that do not belong to it.`,
    { at: { file: shown } },
  );
}

function limit(
  shown: string,
  compression: 'gzip' | 'zstd',
  out: number,
  size: number,
  limits: StageLimits,
): void {
  const at = { at: { file: shown } };
  if (out > limits.maxDecompressedBytes) {
    throw new Failure(
      'archive.limit',
      `${shown} has more than ${limits.maxDecompressedBytes} bytes after decompression.`,
      at,
    );
  }
  const ratio = compression === 'gzip' ? limits.maxGzipRatio : limits.maxZstdRatio;
  if (out > RATIO_FLOOR_BYTES && out > ratio * size) {
    throw new Failure(
      'archive.limit',
      `${shown} grows to more than ${ratio} times its size when it is decompressed (${size} bytes so far to ${out}).`,
      { ...at, fix: 'If you trust the file, decompress it first and point at the result.' },
    );
  }
}

/** Content without a UTF-8 byte order mark. */
export async function* withoutBom(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of content) {
    yield first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk;
    first = false;
  }
}

/** The first bytes of a file, or those from an offset. */
export async function headOf(real: string, bytes: number, from = 0): Promise<Buffer> {
  const file = await open(real, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
