import { type FileHandle, open } from 'node:fs/promises';
import type { RecordStyle } from '#lib/archive/csv-scanner';
import { splitRecord } from '#lib/archive/csv-scanner';
import { ident, literal } from '#lib/base/sql';

const FLUSH_BYTES = 1024 * 1024;
/** It grows as it is used: archives of many small files need no megabytes for each. */
const FIRST_BYTES = 64 * 1024;
const RECORD_CHARS = 1000;

/**
 * The form in which text that was read by our own scanners goes to DuckDB: one record a line, `line,m,fields…`,
 * where `m` = 1 says that the fields are escaped (`\b` backslash, `\n`, `\r`), so that no field ever holds a
 * line end and DuckDB cannot take two records for one.
 */
export class LineWriter {
  readonly #file: FileHandle;
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<LineWriter> {
    return new LineWriter(await open(path, 'wx'));
  }

  /** A CSV record as it stands, or taken apart where it holds line ends or stray quotes. */
  csv(line: number, bytes: Buffer, start: number, end: number, style: RecordStyle): void {
    if (style === 'multiline' || style === 'stray') {
      this.fields(line, splitRecord(bytes, start, end));
      return;
    }
    this.#room(end - start + 32);
    this.#text(`${line},0,`);
    this.#at += bytes.copy(this.#buffer, this.#at, start, end);
    this.#text('\n');
  }

  fields(line: number, fields: readonly (string | null)[]): void {
    const text = `${line},1,${fields.map((f) => (f === null ? '' : quoted(f))).join(',')}\n`;
    this.#room(Buffer.byteLength(text));
    this.#at += this.#buffer.write(text, this.#at, 'utf8');
  }

  /** A rejected record: reason, and the first 1,000 characters of its bytes. */
  reject(line: number, reason: string, bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString('utf8', start, Math.min(end, start + 4 * RECORD_CHARS));
    const record = [...text].slice(0, RECORD_CHARS).join('').replaceAll('\0', '\u2400');
    this.fields(line, [reason, record]);
  }

  /** To be awaited between chunks: what is waiting goes to the file. */
  async flush(force = false): Promise<void> {
    if (this.#at === 0 || (!force && this.#at < FLUSH_BYTES)) return;
    await this.#file.write(this.#buffer, 0, this.#at);
    this.#at = 0;
  }

  async close(): Promise<void> {
    try {
      await this.flush(true);
    } finally {
      await this.#file.close();
    }
  }

  #text(ascii: string): void {
    this.#at += this.#buffer.write(ascii, this.#at, 'latin1');
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

const quoted = (field: string): string =>
  `"${field.replaceAll('\\', '\\b').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('"', '""')}"`;

const decoded = (column: string): string =>
  `CASE WHEN m = '1' THEN replace(replace(replace(${column}, '\\n', chr(10)), '\\r', chr(13)), '\\b', '\\') ELSE ${column} END`;

/**
 * Options that leave DuckDB nothing to guess; `""` is the empty string, an unquoted empty field NULL. Escapes at most
 * double a record. The size of a buffer is named, since the default grows to 256 MiB with the longest line.
 */
const strict = (
  maxRecordBytes: number,
): string => `auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', strict_mode = true,
  null_padding = false, ignore_errors = false, allow_quoted_nulls = false, nullstr = '', comment = '',
  encoding = 'utf-8', max_line_size = ${4 * maxRecordBytes}, buffer_size = ${16 * maxRecordBytes}`;

const columnsOf = (names: readonly [string, string][]): string =>
  `{${names.map(([name, type]) => `${literal(name)}: ${literal(type)}`).join(', ')}}`;

/** SQL: a relation (line BIGINT, c0, c1 … VARCHAR) of a file that a LineWriter wrote. */
export function linesRelation(path: string, columns: number, maxRecordBytes: number): string {
  const names = Array.from({ length: columns }, (_, i) => `c${i}`);
  const types = columnsOf([
    ['line', 'BIGINT'],
    ['m', 'VARCHAR'],
    ...names.map((c): [string, string] => [c, 'VARCHAR']),
  ]);
  const shown = names.map((c) => `${decoded(c)} AS ${ident(c)}`);
  return `(SELECT ${['line', ...shown].join(', ')} FROM read_csv(${literal(path)}, columns = ${types}, new_line = '\\n', compression = 'none', ${strict(maxRecordBytes)}))`;
}

/** SQL: a relation (c0, c1 … VARCHAR) of a CSV whose every record is one physical line; its header is line 1. */
export function rawCsvRelation(
  path: string,
  columns: number,
  newline: '\n' | '\r\n',
  compression: 'none' | 'gzip' | 'zstd',
  maxRecordBytes: number,
): string {
  const types = columnsOf(Array.from({ length: columns }, (_, i): [string, string] => [`c${i}`, 'VARCHAR']));
  const ends = newline === '\n' ? '\\n' : '\\r\\n';
  return `read_csv(${literal(path)}, columns = ${types}, skip = 1, new_line = '${ends}', compression = '${compression}', ${strict(maxRecordBytes)})`;
}
