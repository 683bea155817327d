import type { Compression } from '#lib/adapters/staging/decompress';
import { Failure } from '#lib/base/failure';
import type { Format } from '#lib/plan/plan';

const starts = (head: Buffer, ...bytes: number[]): boolean => bytes.every((b, i) => head[i] === b);

/** How a file is compressed, by its first bytes. Failure archive.format where its name says otherwise. */
export function compressionOf(head: Buffer, shown: string): Compression {
  const found: Compression = starts(head, 0x1f, 0x8b)
    ? 'gzip'
    : starts(head, 0x28, 0xb5, 0x2f, 0xfd)
      ? 'zstd'
      : 'none';
  const named = /\.gz$/i.test(shown) ? 'gzip' : /\.(?:zst|zstd)$/i.test(shown) ? 'zstd' : 'none';
  if (found === named) return found;
  if (head.length === 0) throw refused(shown, `is named as ${named} and is empty`, 'archive.unreadable');
  if (found === 'none') throw refused(shown, `is named as ${named}, and its content is not`);
  throw refused(shown, `is ${found}, and its name does not say so`, 'archive.format', `.${EXTENSION[found]}`);
}

const EXTENSION = { gzip: 'gz', zstd: 'zst' } as const;

/** What a file holds, by the first bytes after decompression. Failure archive.format for what is no archive. */
export function formatOf(head: Buffer, shown: string, wanted: Format | 'auto'): Format {
  refuseForeign(head, shown);
  const found = guess(head, shown);
  if (wanted === 'auto' || wanted === found) return found;
  if (found === 'parquet' || wanted === 'parquet') {
    throw refused(
      shown,
      `is ${found === 'parquet' ? 'Parquet' : 'not Parquet'}, and the plan says ${wanted}`,
    );
  }
  return wanted;
}

function guess(head: Buffer, shown: string): Format {
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  if (/\.parquet$/i.test(shown)) throw refused(shown, 'is named as Parquet and does not begin as Parquet');
  const text = head.toString('latin1').replace('\u00ef\u00bb\u00bf', '').trimStart();
  // No header of a CSV begins like an object of JSON: what a file holds counts for more than its name.
  if (/\.csv(?:\.|$)/i.test(shown)) return JSON_BEGINS.test(text) ? 'json' : 'csv';
  if (/\.(?:json|ndjson|jsonl)(?:\.|$)/i.test(shown)) return 'json';
  return text.startsWith('{') || text.startsWith('[') ? 'json' : 'csv';
}

/** `{"`, `{}`, `[{"`, `[]`, with blanks between. */
const JSON_BEGINS = /^(?:\[\s*)?\{\s*["}]|^\[\s*\]/;

function refuseForeign(head: Buffer, shown: string): void {
  if (starts(head, 0x50, 0x4b, 0x03, 0x04))
    throw refused(shown, 'is a zip file or an Excel workbook', 'archive.format', undefined, UNPACK);
  if (starts(head, 0x1f, 0x8b) || starts(head, 0x28, 0xb5, 0x2f, 0xfd))
    throw refused(shown, 'is compressed twice', 'archive.format', undefined, UNPACK);
  if (starts(head, 0xff, 0xfe) || starts(head, 0xfe, 0xff) || looksUtf16(head))
    throw refused(shown, 'is UTF-16 text', 'archive.format', undefined, 'Convert it to UTF-8.');
  if (head.subarray(257, 262).toString('latin1') === 'ustar')
    throw refused(shown, 'is a tar file', 'archive.format', undefined, UNPACK);
  const text = head.subarray(0, 200).toString('latin1').replace('\u00ef\u00bb\u00bf', '').trimStart();
  if (/^(?:<!doctype html|<html)/i.test(text))
    throw refused(shown, 'looks like an HTML page', 'archive.format', undefined, ERROR_PAGE);
  if (/^(?:<\?xml|<error>)/i.test(text))
    throw refused(shown, 'looks like XML', 'archive.format', undefined, ERROR_PAGE);
}

const UNPACK = 'Unpack it: CSV, JSON and Parquet are read, plain or compressed once with gzip or zstd.';
const ERROR_PAGE = 'Often this is the error page of a download: get the file again.';

/** Text of one alphabet in UTF-16 has a NUL in every second byte. */
function looksUtf16(head: Buffer): boolean {
  if (head.length < 8) return false;
  let [even, odd] = [0, 0];
  const n = Math.min(head.length, 64) & ~1;
  for (let i = 0; i < n; i += 2) {
    if (head[i] === 0) even++;
    if (head[i + 1] === 0) odd++;
  }
  return (even > n / 4 && odd === 0) || (odd > n / 4 && even === 0);
}

function refused(
  shown: string,
  what: string,
  code: 'archive.format' | 'archive.unreadable' = 'archive.format',
  extension?: string,
  fix?: string,
): Failure {
  const rename = extension === undefined ? undefined : `Rename it to end in ${extension}.`;
  const advice = fix ?? rename;
  return new Failure(code, `${shown} ${what}.`, { at: { file: shown }, ...(advice ? { fix: advice } : {}) });
}
