import { join } from 'node:path';
import { z } from 'zod';
import { type CsvFacts, csvFacts } from '#lib/adapters/staging/csv-facts';
import { type Compression, contentOf, headOf } from '#lib/adapters/staging/decompress';
import { hashFile, type Stamp, sameStamp, stampOf, unreadable } from '#lib/adapters/staging/file-bytes';
import { jsonFacts } from '#lib/adapters/staging/json-facts';
import { checkParquet } from '#lib/adapters/staging/parquet-files';
import { contentDir, markUsed, readJson, writeJsonAtomic } from '#lib/adapters/staging/part-cache';
import { compressionOf, formatOf } from '#lib/adapters/staging/sniff';
import type { OpenedInput, Staging, TextFacts } from '#lib/adapters/staging/staging';
import type { ArchiveSource, ListedFile } from '#lib/archive/archive';
import { Failure } from '#lib/base/failure';

const FACTS_VERSION = 3;
const HEAD_BYTES = 4096;

/**
 * Hashes a file, recognises it and verifies its compression; of text it learns the columns. What depends on the
 * content alone is kept by its hash. Failures: archive.unreadable, archive.format, archive.schema, archive.limit.
 */
export async function openInput(
  staging: Staging,
  source: ArchiveSource,
  listed: ListedFile,
  onBytes: (bytes: number) => void,
): Promise<OpenedInput> {
  const { spec, limits } = staging;
  const real = await source.local(listed);
  const shown = listed.path;
  try {
    const stamp = await stampOf(real);
    const raw = await headOf(real, HEAD_BYTES);
    const compression = compressionOf(raw, shown);
    const sha256 = await hashFile(real, shown, stamp.size, spec.signal, onBytes);
    await requireSame(real, shown, stamp);
    const head = compression === 'none' ? raw : await decompressedHead(staging, real, shown, compression);
    const format = formatOf(head, shown, spec.format);
    const input = { listed: { ...listed, bytes: stamp.size }, real, stamp, sha256, format, compression };
    if (format === 'parquet') {
      if (compression !== 'none')
        throw new Failure('archive.format', `${shown} is Parquet inside ${compression}.`, {
          at: { file: shown },
          fix: 'Decompress it: Parquet is compressed by itself.',
        });
      await checkParquet(real, shown, stamp.size);
      return { ...input, text: null };
    }
    const path = join(
      contentDir(spec.stageDir, sha256),
      `facts-${format}-${compression}-${FACTS_VERSION}.json`,
    );
    const known = await readJson(path, FACTS);
    if (known !== null) {
      await markUsed(spec.stageDir, sha256);
      return { ...input, text: known };
    }
    const content = contentOf(real, shown, compression, limits, spec.signal);
    const text = await textFacts(format, content, shown, limits);
    await writeJsonAtomic(path, text);
    return { ...input, text };
  } catch (cause) {
    throw cause instanceof Failure
      ? cause
      : isFileError(cause)
        ? unreadable(shown, cause, spec.signal)
        : cause;
  }
}

/** What was hashed is the file that was stamped: nobody put another one in its place meanwhile. */
async function requireSame(real: string, shown: string, stamp: Stamp): Promise<void> {
  const now = await stampOf(real);
  // not the time of change: another run's hard link sets that too
  if (sameStamp({ ...now, ctimeNs: stamp.ctimeNs }, stamp)) return;
  throw new Failure('archive.changed', `${shown} changed while it was read; nothing of it was used.`, {
    at: { file: shown },
  });
}

const isFileError = (cause: unknown): boolean =>
  (cause as NodeJS.ErrnoException | null)?.syscall !== undefined;

const FACTS = z.custom<TextFacts>(
  (v) => typeof v === 'object' && v !== null && 'columns' in v && 'shapes' in v && 'csv' in v,
);

async function textFacts(
  format: 'csv' | 'json',
  content: AsyncIterable<Buffer>,
  shown: string,
  limits: Staging['limits'],
): Promise<TextFacts> {
  if (format === 'json') {
    const json = await jsonFacts(content, shown, limits);
    return { columns: json.columns, shapes: json.shapes, csv: null, json };
  }
  const csv: CsvFacts = await csvFacts(content, shown, limits);
  return { columns: csv.columns, shapes: csv.shapes, csv, json: null };
}

async function decompressedHead(
  staging: Staging,
  real: string,
  shown: string,
  compression: Compression,
): Promise<Buffer> {
  const content = contentOf(real, shown, compression, staging.limits, staging.spec.signal);
  const { value } = await content.next();
  await content.return(undefined);
  return value instanceof Buffer ? value : Buffer.alloc(0);
}
