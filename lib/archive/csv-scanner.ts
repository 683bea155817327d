/** How a record is written: `plain` has no quote, `quoted` is well quoted on one line. */
export type RecordStyle = 'plain' | 'quoted' | 'multiline' | 'stray';

/** Takes what the scanner finds, in order. `bytes` may be reused after the call: copy what is kept. */
export type CsvSink = {
  /** A readable record: bytes[start, end), without its line end. `line` is where it starts, from 1. */
  record(bytes: Buffer, start: number, end: number, line: number, style: RecordStyle): void;
  /** A line that is no record. */
  reject(line: number, reason: string, bytes: Buffer, start: number, end: number): void;
};

export type CsvScanOptions = {
  /** Fields of the header; null takes any number. */
  readonly fields: number | null;
  /** Number of the first line that is pushed. */
  readonly firstLine: number;
  readonly maxRecordBytes: number;
  /** Whether bytes are valid UTF-8. */
  readonly isText: (bytes: Buffer) => boolean;
  /**
   * Whether a line, taken by itself, looks like an event. A quoted field that swallows such a line was not
   * closed: its first line is rejected, and the lines after it are read. Null: not asked.
   */
  readonly looksLikeRecord: ((bytes: Buffer, start: number, end: number) => boolean) | null;
};

const [NUL, LF, CR, QUOTE, COMMA] = [0, 10, 13, 34, 44];
const HEAD_BYTES = 4096;

/**
 * Reads RFC 4180 from chunks of bytes. LF, CRLF and CR end a line, blank lines are no records. What is no
 * record (wrong number of fields, a quote that is not closed or has text after it, NUL, invalid UTF-8, too long)
 * is rejected as the one physical line where it starts, and reading goes on with the next line: so no bad line
 * ever takes a good one with it.
 */
export class CsvScanner {
  readonly #options: CsvScanOptions;
  readonly #sink: CsvSink;
  #rest: Buffer = Buffer.alloc(0);
  #line: number;
  /** The first bytes of a line that is too long, while its end is looked for. */
  #skipped: Buffer | null = null;
  // the record that was parsed last
  #end = 0;
  #lineEnds = 0;
  #style: RecordStyle = 'plain';
  #problem: string | null = null;

  constructor(options: CsvScanOptions, sink: CsvSink) {
    this.#options = options;
    this.#sink = sink;
    this.#line = options.firstLine;
  }

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    this.#scan(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false);
  }

  /** The input is over: what is left is the last record. */
  finish(): void {
    this.#scan(this.#rest, true);
    if (this.#skipped !== null) this.#rejectSkipped();
  }

  #scan(bytes: Buffer, final: boolean): void {
    let at = 0;
    if (this.#skipped !== null) {
      at = this.#skipLine(bytes, final);
      if (this.#skipped !== null) {
        this.#rest = Buffer.from(bytes.subarray(at));
        return;
      }
    }
    const lastLineEnd = bytes.lastIndexOf(LF);
    const valid = lastLineEnd <= at || this.#options.isText(bytes.subarray(at, lastLineEnd));
    while (at < bytes.length) {
      const next = this.#one(bytes, at, final, valid ? lastLineEnd : -1);
      if (next === -1) break;
      at = next;
    }
    // A copy: the caller may reuse its chunk.
    this.#rest = at >= bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
  }

  /** Reads one line or record; gives where the next begins, or -1 where more bytes are needed. */
  #one(bytes: Buffer, at: number, final: boolean, validTo: number): number {
    const complete = this.#parse(bytes, at, final);
    if (!complete && !final && bytes.length - at <= this.#options.maxRecordBytes) return -1;
    if (!complete) return this.#bad(bytes, at, final, this.#problem ?? this.#tooLong());
    const next = afterLineEnd(bytes, this.#end, final);
    if (next === -1) return -1;
    if (this.#end === at) {
      this.#line++;
      return next;
    }
    if (this.#problem === null && this.#end > validTo && !this.#options.isText(bytes.subarray(at, this.#end)))
      this.#problem = 'invalid UTF-8';
    if (this.#problem === null && this.#end - at > this.#options.maxRecordBytes)
      this.#problem = this.#tooLong();
    if (this.#problem === null && this.#style === 'multiline' && this.#swallows(bytes, at))
      this.#problem = 'a quote is not closed (the lines that it would take in are records)';
    if (this.#problem !== null) return this.#bad(bytes, at, final, this.#problem);
    this.#sink.record(bytes, at, this.#end, this.#line, this.#style);
    this.#line += this.#lineEnds + 1;
    return next;
  }

  /** Finds the end of the record at `at` and what is wrong with it. False: its end is not in these bytes. */
  #parse(bytes: Buffer, at: number, final: boolean): boolean {
    let fields = 1;
    let hasNul = false;
    this.#style = 'plain';
    this.#lineEnds = 0;
    this.#problem = null;
    for (let i = at; ; i++) {
      if (i >= bytes.length) {
        if (!final) return false;
        return this.#ended(bytes, i, fields, hasNul);
      }
      const c = bytes[i] as number;
      if (c > COMMA) continue;
      if (c === COMMA) fields++;
      else if (c === LF || c === CR) return this.#ended(bytes, i, fields, hasNul);
      else if (c === QUOTE) return this.#parseQuoted(bytes, at, final);
      else if (c === NUL) hasNul = true;
    }
  }

  #parseQuoted(bytes: Buffer, at: number, final: boolean): boolean {
    let fields = 1;
    let i = at;
    let hasNul = false;
    this.#style = 'quoted';
    for (;;) {
      if (bytes[i] === QUOTE) {
        const close = this.#closingQuote(bytes, i, at, final);
        if (close < 0) {
          this.#problem = close === -1 ? `a quote is not closed (field ${fields})` : null;
          return false;
        }
        if (close + 1 >= bytes.length && !final) return false;
        hasNul ||= bytes.subarray(i, close).includes(NUL);
        this.#lineEnds += countLineEnds(bytes, i, close);
        i = close + 1;
        const c = bytes[i];
        if (c !== undefined && c !== COMMA && c !== LF && c !== CR) {
          this.#problem = `text after a closing quote (field ${fields})`;
          return this.#ended(bytes, i, fields, hasNul);
        }
      } else {
        for (; i < bytes.length; i++) {
          const c = bytes[i] as number;
          if (c > COMMA) continue;
          if (c === COMMA || c === LF || c === CR) break;
          if (c === QUOTE) this.#style = 'stray';
          else if (c === NUL) hasNul = true;
        }
        if (i >= bytes.length && !final) return false;
      }
      if (bytes[i] !== COMMA) return this.#ended(bytes, i, fields, hasNul);
      fields++;
      i++;
    }
  }

  /** Where the quoted field that opens at `open` closes; -1 nowhere, -2 not in these bytes. */
  #closingQuote(bytes: Buffer, open: number, at: number, final: boolean): number {
    for (let i = open + 1; ; ) {
      const quote = bytes.indexOf(QUOTE, i);
      const over = (quote === -1 ? bytes.length : quote) - at > this.#options.maxRecordBytes;
      if (over || (quote === -1 && final)) return -1;
      if (quote === -1) return -2;
      if (bytes[quote + 1] !== QUOTE) return quote;
      i = quote + 2;
    }
  }

  #ended(bytes: Buffer, end: number, fields: number, hasNul: boolean): boolean {
    this.#end = end;
    const wanted = this.#options.fields;
    if (this.#lineEnds > 0) this.#style = 'multiline';
    if (this.#problem !== null) return true;
    if (wanted !== null && fields !== wanted) {
      const cut = end >= bytes.length && fields < wanted ? '; the file may be cut off here' : '';
      this.#problem =
        this.#lineEnds > 0
          ? 'a quote is not closed on its line'
          : `${fields} ${fields === 1 ? 'field' : 'fields'} where the header has ${wanted}${cut}`;
    } else if (hasNul) this.#problem = 'a NUL byte';
    return true;
  }

  /** Rejects the physical line at `at`. */
  #bad(bytes: Buffer, at: number, final: boolean, reason: string): number {
    const { maxRecordBytes } = this.#options;
    const end = lineEnd(bytes, at);
    const length = (end === -1 ? bytes.length : end) - at;
    if (end === -1 && !final) {
      if (length <= maxRecordBytes) return -1;
      this.#skipped = Buffer.from(bytes.subarray(at, at + this.#headBytes()));
      return bytes.length;
    }
    const next = end === -1 ? bytes.length : afterLineEnd(bytes, end, final);
    if (next === -1) return -1;
    const long = length > maxRecordBytes;
    const shown = long ? Math.min(length, this.#headBytes()) : length;
    this.#sink.reject(this.#line, long ? this.#tooLong() : reason, bytes, at, at + shown);
    this.#line++;
    return next;
  }

  /** As much of a line that is too long as is shown, wherever the chunks are cut. */
  #headBytes(): number {
    return Math.min(HEAD_BYTES, this.#options.maxRecordBytes);
  }

  /** Looks for the end of a line that is too long; gives where to go on. */
  #skipLine(bytes: Buffer, final: boolean): number {
    const end = lineEnd(bytes, 0);
    if (end === -1) return bytes.length;
    const next = afterLineEnd(bytes, end, final);
    if (next === -1) return end;
    this.#rejectSkipped();
    return next;
  }

  #rejectSkipped(): void {
    const head = this.#skipped ?? Buffer.alloc(0);
    this.#skipped = null;
    this.#sink.reject(this.#line, this.#tooLong(), head, 0, head.length);
    this.#line++;
  }

  #tooLong(): string {
    return `the record is longer than ${this.#options.maxRecordBytes} bytes`;
  }

  #swallows(bytes: Buffer, at: number): boolean {
    const looks = this.#options.looksLikeRecord;
    if (looks === null) return false;
    let start = afterLineEnd(bytes, lineEnd(bytes, at), true);
    for (;;) {
      const end = lineEnd(bytes, start);
      if (end === -1 || end >= this.#end) return false;
      if (end > start && looks(bytes, start, end)) return true;
      start = afterLineEnd(bytes, end, true);
    }
  }
}

function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from);
  const cr = (lf === -1 ? bytes : bytes.subarray(0, lf)).indexOf(CR, from);
  return cr === -1 ? lf : cr;
}

/** The position after the line end at `end`; -1 where a CR is the last byte and an LF may follow. */
function afterLineEnd(bytes: Buffer, end: number, final: boolean): number {
  if (end >= bytes.length) return bytes.length;
  if (bytes[end] === LF) return end + 1;
  if (end + 1 >= bytes.length && !final) return -1;
  return bytes[end + 1] === LF ? end + 2 : end + 1;
}

function countLineEnds(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let i = lineEnd(bytes, from); i !== -1 && i < to; i = lineEnd(bytes, i)) {
    count++;
    i = afterLineEnd(bytes, i, true);
  }
  return count;
}

/** The fields of one well-formed record. An unquoted empty field is NULL, `""` is the empty string. */
export function splitRecord(bytes: Buffer, start: number, end: number): (string | null)[] {
  const out: (string | null)[] = [];
  for (let i = start; ; i++) {
    if (bytes[i] === QUOTE && i < end) {
      let close = bytes.indexOf(QUOTE, i + 1);
      while (close + 1 < end && bytes[close + 1] === QUOTE) close = bytes.indexOf(QUOTE, close + 2);
      out.push(bytes.toString('utf8', i + 1, close).replaceAll('""', '"'));
      i = close + 1;
    } else {
      const comma = bytes.indexOf(COMMA, i);
      const to = comma === -1 || comma > end ? end : comma;
      out.push(to === i ? null : bytes.toString('utf8', i, to));
      i = to;
    }
    if (i >= end) return out;
  }
}
