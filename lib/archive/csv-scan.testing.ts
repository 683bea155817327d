import { isUtf8 } from 'node:buffer';
import { CsvScanner, type RecordStyle, splitRecord } from '#lib/archive/csv-scanner';

type Row = [line: number, fields: (string | null)[]];
type Read = {
  rows: Row[];
  styles: RecordStyle[];
  rejects: [line: number, reason: string, record: string][];
};

/** Scans bytes that are pushed in chunks of these sizes, and the rest at once. */
export function scan(
  bytes: Buffer,
  options: { fields: number | null; chunks?: number[]; max?: number; looks?: RegExp },
): Read {
  const read: Read = { rows: [], styles: [], rejects: [] };
  const looks = options.looks;
  const scanner = new CsvScanner(
    {
      fields: options.fields,
      firstLine: 1,
      maxRecordBytes: options.max ?? 1 << 20,
      isText: isUtf8,
      looksLikeRecord: looks ? (b, s, e) => looks.test(b.toString('utf8', s, e)) : null,
    },
    {
      record: (b, s, e, line, style) => {
        read.rows.push([line, splitRecord(b, s, e)]);
        read.styles.push(style);
      },
      reject: (line, reason, b, s, e) => read.rejects.push([line, reason, b.toString('utf8', s, e)]),
    },
  );
  let at = 0;
  for (const size of options.chunks ?? []) {
    scanner.push(bytes.subarray(at, at + size));
    at += size;
  }
  scanner.push(bytes.subarray(at));
  scanner.finish();
  return read;
}

/** `scan` of a text. */
export const text = (s: string, fields: number | null, more: object = {}): Read =>
  scan(Buffer.from(s), { fields, ...more });
