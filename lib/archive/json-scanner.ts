import { BracketMatcher, isSpace, JsonValueReader, LongValue } from '#lib/archive/json-value';

/** An object while it is at hand: its keys, and its members as text, NULL for null. */
export type JsonObject = Pick<JsonValueReader, 'keys' | 'fields'>;

/** Takes what the scanner finds, in order. `row` counts records and rejects from 1; `line` is where one starts. */
export type JsonSink = {
  record(object: JsonObject, line: number, row: number, bytes: Buffer, start: number, end: number): void;
  reject(reason: string, line: number, row: number, bytes: Buffer, start: number, end: number): void;
};

export type JsonScanOptions = {
  readonly maxRecordBytes: number;
  readonly isText: (bytes: Buffer) => boolean;
};

const [LF, OPEN_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COMMA] = [10, 123, 91, 93, 44];
const HEAD_BYTES = 4096;

/**
 * Reads JSON objects one a line, one after the other, or in one array, from chunks of bytes. A record that is wrong
 * inside is rejected as such; where the structure is broken, everything up to the next line that begins an object is
 * one reject, so that a cut line takes no other with it.
 */
export class JsonScanner {
  readonly #options: JsonScanOptions;
  readonly #sink: JsonSink;
  readonly #reader = new JsonValueReader();
  #rest: Buffer = Buffer.alloc(0);
  #line = 1;
  #row = 0;
  /** null before the first byte; then whether the file is one array. */
  #array: boolean | null = null;
  /** Where an array is: before or after a record, or closed. */
  #afterRecord = false;
  #closed = false;
  #skipping: { readonly value: LongValue; readonly head: Buffer; readonly line: number } | null = null;

  constructor(options: JsonScanOptions, sink: JsonSink) {
    this.#options = options;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    this.#scan(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false);
  }

  finish(): void {
    this.#scan(this.#rest, true);
    if (this.#skipping !== null) this.#rejectSkipped();
    if (this.#array === true && !this.#closed) {
      const nothing = Buffer.alloc(0);
      this.#reject('the array is not closed; the file may be cut off here', this.#line, nothing, 0, 0);
    }
  }

  #scan(bytes: Buffer, final: boolean): void {
    let at = 0;
    if (this.#skipping !== null) {
      const end = this.#skipping.value.find(bytes, 0);
      this.#advance(bytes, 0, end === -1 ? bytes.length : end);
      if (end === -1) {
        this.#rest = Buffer.alloc(0);
        return;
      }
      this.#rejectSkipped();
      at = end;
    }
    for (;;) {
      at = this.#toToken(bytes, at);
      if (at >= bytes.length) break;
      const next = this.#one(bytes, at, final);
      if (next === -1) break;
      this.#advance(bytes, at, next);
      at = next;
    }
    this.#rest = at >= bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
  }

  /** Skips blanks, and an array's brackets and commas. */
  #toToken(bytes: Buffer, from: number): number {
    for (let i = from; i < bytes.length; i++) {
      const c = bytes[i] as number;
      if (c === LF) this.#line++;
      else if (isSpace(c)) continue;
      else if (this.#array === null) {
        this.#array = c === OPEN_BRACKET;
        if (!this.#array) return i;
      } else if (this.#array && !this.#closed && c === COMMA && this.#afterRecord) this.#afterRecord = false;
      else if (this.#array && !this.#closed && c === CLOSE_BRACKET) this.#closed = true;
      else return i;
    }
    return bytes.length;
  }

  /** Reads the value at `at`; gives where to go on, or -1 where more bytes are needed. */
  #one(bytes: Buffer, at: number, final: boolean): number {
    const end = this.#reader.read(bytes, at);
    if (end >= 0) {
      this.#afterRecord = true;
      const problem = this.#problemOf(bytes, at, end);
      if (problem !== null) this.#reject(problem, this.#line, bytes, at, end);
      else this.#sink.record(this.#reader, this.#line, ++this.#row, bytes, at, end);
      return end;
    }
    const over = bytes.length - at > this.#options.maxRecordBytes;
    if (end === -1 && !final && !over) return -1;
    if (end === -1 && over) return this.#startSkipping(bytes, at);
    return this.#resume(
      bytes,
      at,
      final,
      end === -1 ? 'not closed; the file may be cut off here' : 'no JSON object',
    );
  }

  #problemOf(bytes: Buffer, at: number, end: number): string | null {
    if (this.#reader.problem !== null) return this.#reader.problem;
    if (end - at > this.#options.maxRecordBytes) return this.#tooLong();
    if (!this.#options.isText(bytes.subarray(at, end))) return 'invalid UTF-8';
    if (!this.#reader.isObject) return 'not an object';
    return this.#closed ? 'after the end of the array' : null;
  }

  /** After a broken record: where its brackets close, or the next line that begins an object, whichever comes first. */
  #resume(bytes: Buffer, at: number, final: boolean, reason: string): number {
    const window = bytes.subarray(0, at + this.#options.maxRecordBytes + 1);
    const line = this.#objectLine(window, at);
    const closed = new BracketMatcher().find(line === -1 ? window : window.subarray(0, line), at);
    if (closed === -1 && line === -1) {
      if (!final && window.length === bytes.length) return -1;
      if (window.length < bytes.length) return this.#startSkipping(bytes, at);
    }
    const next = closed === -1 ? line : closed;
    const end = next === -1 ? bytes.length : next;
    this.#afterRecord = true;
    this.#reject(reason, this.#line, bytes, at, end);
    return end;
  }

  /** The start of the next line whose first character begins an object or ends the array; -1 for none. */
  #objectLine(bytes: Buffer, at: number): number {
    for (let lf = bytes.indexOf(LF, at); lf !== -1; lf = bytes.indexOf(LF, lf + 1)) {
      let i = lf + 1;
      while (i < bytes.length && bytes[i] !== LF && isSpace(bytes[i])) i++;
      if (bytes[i] === OPEN_BRACE || (this.#array && bytes[i] === CLOSE_BRACKET)) return lf + 1;
    }
    return -1;
  }

  #startSkipping(bytes: Buffer, at: number): number {
    const value = new LongValue();
    const end = value.find(bytes, at);
    this.#skipping = {
      value,
      head: Buffer.from(bytes.subarray(at, at + this.#headBytes())),
      line: this.#line,
    };
    if (end !== -1) this.#rejectSkipped();
    return end === -1 ? bytes.length : end;
  }

  #rejectSkipped(): void {
    const { head, line } = this.#skipping ?? { head: Buffer.alloc(0), line: this.#line };
    this.#skipping = null;
    this.#afterRecord = true;
    this.#sink.reject(this.#tooLong(), line, ++this.#row, head, 0, head.length);
  }

  /** As much of a record that is too long as is shown, wherever the chunks are cut. */
  #headBytes(): number {
    return Math.min(HEAD_BYTES, this.#options.maxRecordBytes);
  }

  #tooLong(): string {
    return `the record is longer than ${this.#options.maxRecordBytes} bytes`;
  }

  #reject(reason: string, line: number, bytes: Buffer, start: number, end: number): void {
    let last = end;
    while (last > start && isSpace(bytes[last - 1])) last--;
    if (last - start > this.#options.maxRecordBytes) last = start + this.#headBytes();
    this.#sink.reject(reason, line, ++this.#row, bytes, start, last);
  }

  #advance(bytes: Buffer, from: number, to: number): void {
    for (let i = bytes.indexOf(LF, from); i !== -1 && i < to; i = bytes.indexOf(LF, i + 1)) this.#line++;
  }
}
