const [NUL, LF, CR, QUOTE, COMMA] = [0, 10, 13, 34, 44];

/** Counts lines, and finds out whether every record is one line, by native searches for single bytes. */
export class LineFacts {
  bytes = 0;
  readonly #maxRecordBytes: number;
  #lf = 0;
  #crlf = 0;
  #cr = 0;
  #lastLf = -1;
  #lastByte = -1;
  #simple = true;
  readonly #quotes = new QuoteCheck();
  readonly #ends = new OpenEnds();

  constructor(maxRecordBytes: number) {
    this.#maxRecordBytes = maxRecordBytes;
  }

  push(chunk: Buffer): void {
    const base = this.bytes;
    for (let i = chunk.indexOf(LF); i !== -1; i = chunk.indexOf(LF, i + 1)) {
      this.#lf++;
      const length = base + i - this.#lastLf - 1;
      this.#lastLf = base + i;
      const before = i > 0 ? chunk[i - 1] : this.#lastByte;
      if (before === CR) this.#crlf++;
      if (length === 0 || (length === 1 && before === CR) || length > this.#maxRecordBytes)
        this.#simple = false;
    }
    if (this.#simple) this.#simple = this.#ends.push(chunk);
    for (let i = chunk.indexOf(CR); i !== -1; i = chunk.indexOf(CR, i + 1)) this.#cr++;
    if (this.#simple) this.#simple = !chunk.includes(NUL) && this.#quotes.push(chunk, this.#lastByte);
    this.#lastByte = chunk[chunk.length - 1] ?? this.#lastByte;
    this.bytes += chunk.length;
  }

  count(): number {
    return this.#lf + (this.bytes > 0 && this.#lastByte !== LF ? 1 : 0);
  }

  newline(): '\n' | '\r\n' | null {
    const tail = this.bytes - this.#lastLf - 1;
    if (!this.#simple || !this.#quotes.closed() || !this.#ends.finish()) return null;
    if (this.#lf === 0 || tail > this.#maxRecordBytes) return null;
    if (this.#cr === 0) return '\n';
    // The last line may lack its line end; a CR there would be one without LF.
    return this.#cr === this.#crlf && this.#crlf === this.#lf ? '\r\n' : null;
  }
}

/** Whether every quote opens a field or closes it on the same line, with a delimiter or line end around. */
class QuoteCheck {
  #inside = false;
  #open = -1;
  /** A quote inside a field was the last byte of a chunk: the next byte tells what it was. */
  #pending = false;
  #lineEndSeen = false;

  push(chunk: Buffer, lastByte: number): boolean {
    let i = 0;
    this.#open = this.#inside ? 0 : -1;
    if (this.#pending && chunk.length > 0) {
      this.#pending = false;
      if (chunk[0] === QUOTE) i = 1;
      else if (!this.#closes(chunk[0])) return false;
    }
    for (i = chunk.indexOf(QUOTE, i); i !== -1; i = chunk.indexOf(QUOTE, i + 1)) {
      if (!this.#inside) {
        const before = i > 0 ? chunk[i - 1] : lastByte;
        if (before !== COMMA && before !== LF && before !== -1) return false;
        [this.#inside, this.#open, this.#lineEndSeen] = [true, i + 1, false];
      } else if (i + 1 >= chunk.length) {
        if (this.#spansLine(chunk, i)) return false;
        this.#pending = true;
      } else if (chunk[i + 1] === QUOTE) i++;
      else if (this.#spansLine(chunk, i) || !this.#closes(chunk[i + 1])) return false;
    }
    if (this.#inside && !this.#pending) this.#lineEndSeen ||= this.#spansLine(chunk, chunk.length);
    return true;
  }

  /** Whether all fields are closed at the end of the file. */
  closed(): boolean {
    return !this.#inside || this.#pending;
  }

  #spansLine(chunk: Buffer, to: number): boolean {
    const lf = chunk.indexOf(LF, this.#open);
    return this.#lineEndSeen || (lf !== -1 && lf < to);
  }

  #closes(after: number | undefined): boolean {
    this.#inside = false;
    return after === COMMA || after === LF || after === CR;
  }
}

/**
 * Whether lines that end with a comma have as many fields as the first line: DuckDB takes one empty field too many at
 * the end of a line for none, and every other wrong number it refuses.
 */
class OpenEnds {
  #fields = -1;
  /** The beginning of a line whose end is in a later chunk. */
  #begun: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): boolean {
    let start = 0;
    for (let i = chunk.indexOf(LF); i !== -1; i = chunk.indexOf(LF, start)) {
      const from = start;
      start = i + 1;
      const end = chunk[i - 1] === CR ? i - 1 : i;
      // where the line's last byte is in the chunk before, it is looked at in any case
      if (this.#fields !== -1 && end - 1 >= from && chunk[end - 1] !== COMMA) this.#begun = Buffer.alloc(0);
      else if (!this.#line(chunk.subarray(from, i))) return false;
    }
    const tail = chunk.subarray(start);
    if (tail.length > 0) this.#begun = Buffer.concat([this.#begun, tail]);
    return true;
  }

  finish(): boolean {
    return this.#begun.length === 0 || this.#line(Buffer.alloc(0));
  }

  #line(rest: Buffer): boolean {
    const line = this.#begun.length === 0 ? rest : Buffer.concat([this.#begun, rest]);
    this.#begun = Buffer.alloc(0);
    const end = line.at(-1) === CR ? line.length - 1 : line.length;
    if (this.#fields !== -1 && line[end - 1] !== COMMA) return true;
    const fields = fieldsIn(line, end);
    if (this.#fields === -1) this.#fields = fields;
    return fields === this.#fields;
  }
}

/** Fields of a line in which quotes only open and close fields. */
function fieldsIn(line: Buffer, end: number): number {
  let [fields, inside] = [1, false];
  for (let i = 0; i < end; i++) {
    const c = line[i];
    if (c === QUOTE) inside = !inside;
    else if (c === COMMA && !inside) fields++;
  }
  return fields;
}
