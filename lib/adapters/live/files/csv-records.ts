import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { Failure } from '#lib/base/failure';

const [QUOTE, COMMA, LF, CR] = [34, 44, 10, 13];
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** One record of a CSV file. Its buffers are views that hold only until the callback returns. */
export class CsvRecord {
  /** The line where it starts, from 1, the header included. */
  line = 1;
  /** As it stands in the file, its line end included. */
  bytes: Buffer = Buffer.alloc(0);
  readonly #bounds: number[] = [];
  #quoted = false;

  get size(): number {
    return this.#bounds.length / 2;
  }
  get blank(): boolean {
    return this.size === 1 && this.#bounds[0] === this.#bounds[1];
  }
  /** The bytes of a field as written, quotes included. */
  raw(field: number): Buffer {
    return this.bytes.subarray(this.#bounds[field * 2], this.#bounds[field * 2 + 1]);
  }
  /** The value: NULL for an unquoted empty field, the empty string for `""`. */
  text(field: number): string | null {
    const raw = this.raw(field).toString('utf8');
    if (raw === '') return null;
    return raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw;
  }
  /**
   * Writes the fields in quotes (NULL as nothing) and a line feed to `out` at `at`; answers where it ends. Byte by byte:
   * fields are short, and a text for each costs several times as much. `out` must have room for `quotedRoom()` bytes.
   */
  writeQuoted(fields: readonly number[], out: Buffer, at: number): number {
    const { bytes } = this;
    let to = at;
    for (let n = 0; n < fields.length; n += 1) {
      const field = (fields[n] ?? 0) * 2;
      const [start, end] = [this.#bounds[field] ?? 0, this.#bounds[field + 1] ?? 0];
      const bare = start < end && bytes[start] !== QUOTE;
      if (n > 0) out[to++] = COMMA;
      if (bare) out[to++] = QUOTE;
      for (let i = start; i < end; i += 1) out[to++] = bytes[i] ?? 0;
      if (bare) out[to++] = QUOTE;
    }
    out[to++] = LF;
    return to;
  }
  quotedRoom(fields: readonly number[]): number {
    return this.bytes.length + 3 * fields.length + 1;
  }
  /** Physical lines that it takes; quoted line ends count. */
  get lines(): number {
    return this.#quoted ? linesOf(this.bytes) : 1;
  }
  /** The line end: `\n`, `\r\n`, `\r`, or nothing at the end of the file. */
  get lineEnd(): string {
    const last = this.#bounds[this.#bounds.length - 1] ?? 0;
    return this.bytes.subarray(last).toString('latin1');
  }

  /**
   * Takes the record that starts at `from`. Answers where the next one starts; -1 when the buffer ends before the
   * record does (never with `final`). RFC 4180, comma only, any of the three line ends.
   */
  take(buffer: Buffer, from: number, final: boolean): number {
    const bounds = this.#bounds;
    bounds.length = 0;
    this.#quoted = false;
    let i = from;
    for (;;) {
      const start = i;
      const quoted = buffer[i] === QUOTE;
      if (quoted) this.#quoted = true;
      i = quoted ? endOfQuoted(buffer, i + 1, final) : endOfBare(buffer, i);
      if (i < 0 || (i >= buffer.length && !final)) return -1;
      bounds.push(start - from, i - from);
      if (i >= buffer.length) break;
      const next = buffer[i];
      if (next === COMMA) {
        i += 1;
        continue;
      }
      if (next === LF) i += 1;
      else if (next === CR) {
        if (i + 1 >= buffer.length && !final) return -1;
        i += buffer[i + 1] === LF ? 2 : 1;
      } else
        throw new SyntaxError(
          next === QUOTE ? 'a quote stands inside an unquoted field' : 'text follows a closing quote',
        );
      break;
    }
    this.bytes = buffer.subarray(from, i);
    return i;
  }
}

function endOfQuoted(buffer: Buffer, from: number, final: boolean): number {
  for (let i = from; ; i += 2) {
    i = buffer.indexOf(QUOTE, i);
    if (i < 0) {
      if (final) throw new SyntaxError('a quote is opened and never closed');
      return -1;
    }
    if (i + 1 >= buffer.length) return final ? i + 1 : -1;
    if (buffer[i + 1] !== QUOTE) return i + 1;
  }
}

function endOfBare(buffer: Buffer, from: number): number {
  let i = from;
  while (i < buffer.length) {
    const byte = buffer[i];
    if (byte === COMMA || byte === LF || byte === CR || byte === QUOTE) break;
    i += 1;
  }
  return i;
}

export type CsvHandlers = {
  /** The header, without a byte order mark (`bom` says whether the file has one). */
  readonly header: (header: CsvRecord, bom: boolean) => unknown;
  /** Every further record in order. Blank lines come too (`record.blank`): they are no rows, but bytes to keep. */
  readonly record: (record: CsvRecord) => unknown;
  /**
   * Takes whole lines at once that hold neither a quote nor a carriage return, and answers how many they are; null where
   * one of them is blank or has not `columns` fields: then they come to `record`, as all others do.
   */
  readonly lines?: (bytes: Buffer, columns: number) => number | null;
  /** Between two chunks: the place to write out what was collected. */
  readonly between?: () => Promise<void>;
};

/**
 * Reads a CSV file (`.gz` too) record by record in bounded memory, strictly: what breaks RFC 4180, UTF-8 or the
 * header's number of fields is a Failure `live.unreadable` with the line. A handler that answers false ends it.
 */
export async function readCsv(file: string, handlers: CsvHandlers): Promise<void> {
  const reader = new CsvReader(file, handlers);
  try {
    for await (const chunk of openBytes(file)) {
      const goOn = reader.take(chunk, false);
      await handlers.between?.();
      if (!goOn) return;
    }
  } catch (error) {
    throw gunzipFailure(file, error) ?? error;
  }
  reader.take(Buffer.alloc(0), true);
  await handlers.between?.();
}

/** zlib's errors carry a code of their own: `Z_BUF_ERROR` for a stream that ends early, `Z_DATA_ERROR` for a broken one. */
function gunzipFailure(file: string, error: unknown): Failure | null {
  if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('Z_')) return null;
  return new Failure('live.unreadable', `${file} is not a whole gzip file: ${error.message}.`, {
    fix: 'Get the file again from its source.',
    at: { file },
    cause: error,
  });
}

function openBytes(file: string): AsyncIterable<Buffer> {
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  if (!file.endsWith('.gz')) return source;
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => source.destroy());
  return source.pipe(gunzip);
}

class CsvReader {
  readonly #file: string;
  readonly #handlers: CsvHandlers;
  readonly #record = new CsvRecord();
  #rest: Buffer = Buffer.alloc(0);
  #line = 1;
  #columns = -1;
  #suspect = false;

  constructor(file: string, handlers: CsvHandlers) {
    this.#file = file;
    this.#handlers = handlers;
  }

  /** False once a handler has had enough. */
  take(chunk: Buffer, final: boolean): boolean {
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    // looked at as a whole first: record by record only where something is wrong, or a character is cut by the chunk
    this.#suspect = buffer.includes(0) || !isUtf8(buffer);
    let from = this.#takeLines(buffer, 0);
    while (from < buffer.length) {
      const bom =
        this.#columns < 0 && buffer[from] === 0xef && buffer[from + 1] === 0xbb && buffer[from + 2] === 0xbf;
      const next = this.#parse(buffer, bom ? from + 3 : from, final);
      if (next < 0) break;
      const isHeader = this.#columns < 0;
      if (this.#deliver(bom) === false) return false;
      from = isHeader ? this.#takeLines(buffer, next) : next;
    }
    this.#rest = buffer.subarray(from);
    if (this.#rest.length > MAX_RECORD_BYTES) throw this.#broken('a record is longer than 16 MiB');
    if (final && this.#columns < 0) throw this.#broken('the file has no header');
    return true;
  }

  /** Answers where what was not taken begins. */
  #takeLines(buffer: Buffer, from: number): number {
    const end = buffer.lastIndexOf(LF) + 1;
    const { lines } = this.#handlers;
    if (lines === undefined || this.#columns < 0 || this.#suspect || end <= from) return from;
    const bytes = buffer.subarray(from, end);
    if (bytes.includes(QUOTE) || bytes.includes(CR)) return from;
    const taken = lines(bytes, this.#columns);
    if (taken === null) return from;
    this.#line += taken;
    return end;
  }

  #parse(buffer: Buffer, from: number, final: boolean): number {
    try {
      return this.#record.take(buffer, from, final);
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#broken(error.message);
      throw error;
    }
  }

  #deliver(bom: boolean): unknown {
    const record = this.#record;
    record.line = this.#line;
    if (this.#suspect) this.#requireText(record.bytes);
    this.#line += record.lines;
    if (this.#columns < 0) {
      this.#columns = record.size;
      return this.#handlers.header(record, bom);
    }
    if (record.size !== this.#columns && !record.blank) {
      throw new Failure(
        'live.unreadable',
        `${this.#file}, line ${record.line}: ${record.size} fields where the header has ${this.#columns}.`,
        { at: { file: this.#file, line: record.line } },
      );
    }
    return this.#handlers.record(record);
  }

  #requireText(bytes: Buffer): void {
    if (bytes.includes(0)) throw this.#broken('there is a NUL byte');
    if (!isUtf8(bytes)) throw this.#broken('the text is not UTF-8');
  }

  #broken(what: string): Failure {
    return new Failure('live.unreadable', `${this.#file}, line ${this.#line}: ${what}.`, {
      fix: 'Correct the line; the file must be CSV as RFC 4180 has it, in UTF-8, with commas.',
      at: { file: this.#file, line: this.#line },
    });
  }
}

/** Physical lines that a record takes; quoted line ends count. */
function linesOf(bytes: Buffer): number {
  let lines = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes[i] === LF || (bytes[i] === CR && bytes[i + 1] !== LF)) lines += 1;
  }
  return lines;
}
