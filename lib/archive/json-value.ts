/** Where a value ends when the bytes are over before it is. */
export const NEED_MORE = -1;
/** No JSON value stands there. */
export const BROKEN = -2;

const MAX_DEPTH = 64;
/** Up to here a list is searched faster than a set is made. */
const FEW_KEYS = 16;
const [LF, CR, TAB, SPACE, QUOTE, BACKSLASH] = [10, 13, 9, 32, 34, 92];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COMMA, COLON] = [123, 125, 91, 93, 44, 58];

export const isSpace = (c: number | undefined): boolean => c === SPACE || c === LF || c === CR || c === TAB;

const WORDS: readonly (readonly [string, Buffer])[] = [
  'true',
  'false',
  'null',
  'NaN',
  'Infinity',
  '-Infinity',
].map((word) => [word, Buffer.from(word)] as const);
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/**
 * Reads one JSON value from bytes, keeping numbers as the text that they are. Of an object at the top it remembers where
 * the members stand; their text is made when it is asked for. A problem that leaves the structure readable (a key twice, a bad escape) is kept in
 * `problem` and reading goes on to the value's end; where the structure itself is broken the answer is BROKEN.
 */
export class JsonValueReader {
  readonly keys: string[] = [];
  readonly #places: number[] = [];
  isObject = false;
  problem: string | null = null;
  #bytes: Buffer = Buffer.alloc(0);

  /** The position after the value at `at`, NEED_MORE or BROKEN. */
  read(bytes: Buffer, at: number): number {
    this.#bytes = bytes;
    this.keys.length = 0;
    this.#places.length = 0;
    this.isObject = bytes[at] === OPEN_BRACE;
    this.problem = null;
    return this.isObject ? this.#object(at, 1) : this.#value(at, 1);
  }

  /** The members of the object that was read last; valid until its bytes are reused. */
  fields(): Map<string, string | null> {
    return new Map(
      this.keys.map((key, i) => [key, this.#text(this.#places[2 * i] ?? 0, this.#places[2 * i + 1] ?? 0)]),
    );
  }

  #value(at: number, depth: number): number {
    const c = this.#bytes[at];
    if (c === undefined) return NEED_MORE;
    if (depth > MAX_DEPTH && (c === OPEN_BRACE || c === OPEN_BRACKET)) {
      this.problem ??= `nested deeper than ${MAX_DEPTH}`;
      return closeOf(this.#bytes, at);
    }
    if (c === OPEN_BRACE) return this.#object(at, depth);
    if (c === OPEN_BRACKET) return this.#array(at, depth);
    return c === QUOTE ? this.#string(at) : this.#scalar(at);
  }

  #object(at: number, depth: number): number {
    let i = this.#skipSpace(at + 1);
    if (this.#bytes[i] === CLOSE_BRACE) return i + 1;
    const keys = depth === 1 ? this.keys : [];
    let many: Set<string> | null = null;
    for (;;) {
      if (i >= this.#bytes.length) return NEED_MORE;
      if (this.#bytes[i] !== QUOTE) return BROKEN;
      const keyEnd = this.#string(i);
      if (keyEnd < 0) return keyEnd;
      const key = this.#decode(i, keyEnd);
      if (keys.length === FEW_KEYS) many = new Set(keys);
      if (many?.has(key) ?? keys.includes(key))
        this.problem ??= `the key ${JSON.stringify(key)} stands twice`;
      many?.add(key);
      keys.push(key);
      i = this.#skipSpace(keyEnd);
      if (i >= this.#bytes.length) return NEED_MORE;
      if (this.#bytes[i] !== COLON) return BROKEN;
      const start = this.#skipSpace(i + 1);
      const end = this.#value(start, depth + 1);
      if (end < 0) return end;
      if (depth === 1) this.#places.push(start, end);
      i = this.#skipSpace(end);
      if (i >= this.#bytes.length) return NEED_MORE;
      if (this.#bytes[i] === CLOSE_BRACE) return i + 1;
      if (this.#bytes[i] !== COMMA) return BROKEN;
      i = this.#skipSpace(i + 1);
    }
  }

  #array(at: number, depth: number): number {
    let i = this.#skipSpace(at + 1);
    if (this.#bytes[i] === CLOSE_BRACKET) return i + 1;
    for (;;) {
      const end = this.#value(i, depth + 1);
      if (end < 0) return end;
      i = this.#skipSpace(end);
      if (i >= this.#bytes.length) return NEED_MORE;
      if (this.#bytes[i] === CLOSE_BRACKET) return i + 1;
      if (this.#bytes[i] !== COMMA) return BROKEN;
      i = this.#skipSpace(i + 1);
    }
  }

  /** The end of a string. A line end in it means that it was not closed. */
  #string(at: number): number {
    let escaped = false;
    for (let i = at + 1; i < this.#bytes.length; i++) {
      const c = this.#bytes[i] as number;
      if (c > BACKSLASH) continue;
      if (c === QUOTE) {
        if (escaped) this.#decode(at, i + 1);
        return i + 1;
      }
      if (c === BACKSLASH) {
        escaped = true;
        i++;
      } else if (c === LF || c === CR) return BROKEN;
      else if (c < SPACE) this.problem ??= 'a control character in a string';
    }
    return NEED_MORE;
  }

  #scalar(at: number): number {
    let end = at;
    while (end < this.#bytes.length && !isDelimiter(this.#bytes[end] as number)) end++;
    if (end === at) return BROKEN;
    if (end >= this.#bytes.length) return NEED_MORE;
    return isScalarText(this.#bytes, at, end) ? end : BROKEN;
  }

  /** A value as text: strings decoded, numbers as they stand, NULL for null, nested values as compact JSON. */
  #text(start: number, end: number): string | null {
    const c = this.#bytes[start];
    if (c === QUOTE) return this.#decode(start, end);
    if (c === OPEN_BRACE || c === OPEN_BRACKET) return compact(this.#bytes, start, end);
    const text = this.#bytes.toString('latin1', start, end);
    return text === 'null' ? null : text;
  }

  #decode(start: number, end: number): string {
    let i = start;
    while (i < end && this.#bytes[i] !== BACKSLASH) i++;
    if (i === end) return this.#bytes.toString('utf8', start + 1, end - 1);
    let text: string;
    try {
      text = JSON.parse(this.#bytes.toString('utf8', start, end)) as string;
    } catch {
      this.problem ??= 'a bad escape in a string';
      return '';
    }
    if (!text.isWellFormed()) this.problem ??= 'half of a surrogate pair in a string';
    if (text.includes('\0')) this.problem ??= 'a NUL character in a string';
    return text;
  }

  #skipSpace(at: number): number {
    let i = at;
    while (isSpace(this.#bytes[i])) i++;
    return i;
  }
}

const isDelimiter = (c: number): boolean =>
  c === COMMA ||
  c === CLOSE_BRACE ||
  c === CLOSE_BRACKET ||
  c === OPEN_BRACE ||
  c === OPEN_BRACKET ||
  c === COLON ||
  c === QUOTE ||
  isSpace(c);

const [MINUS, POINT, ZERO, NINE] = [45, 46, 48, 57];

function isScalarText(bytes: Buffer, start: number, end: number): boolean {
  if (isPlainNumber(bytes, start, end)) return true;
  for (const [word, as] of WORDS)
    if (end - start === word.length && bytes.compare(as, 0, as.length, start, end) === 0) return true;
  return NUMBER.test(bytes.toString('latin1', start, end));
}

/** A number of digits with at most one point among them, as most are. */
function isPlainNumber(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] as number;
  if (first <= ZERO || first > NINE) return false;
  let points = 0;
  for (let i = start + 1; i < end; i++) {
    const c = bytes[i] as number;
    if (c >= ZERO && c <= NINE) continue;
    if (c !== POINT || ++points > 1 || i + 1 === end) return false;
  }
  return true;
}

/** Finds the end of a bracketed value without looking at what is in it: for values nested too deep, or too long. */
export class BracketMatcher {
  #depth = 0;
  #inString = false;
  #escaped = false;

  /**
   * The position after the value's end or after a line end in an unclosed string, `orLine` also after one where no
   * bracket is open; -1 where it is not in these bytes.
   */
  find(bytes: Buffer, at: number, orLine = false): number {
    for (let i = at; i < bytes.length; i++) {
      const c = bytes[i] as number;
      if (this.#escaped) this.#escaped = false;
      else if (this.#inString) {
        if (c === QUOTE) this.#inString = false;
        else if (c === BACKSLASH) this.#escaped = true;
        else if (c === LF) return i + 1;
      } else if (c === QUOTE) this.#inString = true;
      else if (c === OPEN_BRACE || c === OPEN_BRACKET) this.#depth++;
      else if ((c === CLOSE_BRACE || c === CLOSE_BRACKET) && --this.#depth === 0) return i + 1;
      else if (orLine && c === LF && this.#depth <= 0) return i + 1;
    }
    return -1;
  }
}

/**
 * Finds the end of a value that is too long to be kept, by how it begins: a string ends at its quote, a number behind its
 * last character, and what is neither ends where its brackets close, or with its line where none is open.
 */
export class LongValue {
  readonly #brackets = new BracketMatcher();
  #kind: 'string' | 'number' | 'other' | null = null;
  #escaped = false;

  /** The position after its end; -1 where it is not in these bytes. */
  find(bytes: Buffer, at: number): number {
    const begins = this.#kind === null;
    this.#kind ??= kindOf(bytes[at]);
    if (this.#kind === 'other') return this.#brackets.find(bytes, at, true);
    for (let i = begins ? at + 1 : at; i < bytes.length; i++) {
      const c = bytes[i] as number;
      if (this.#kind === 'number') {
        if (isDelimiter(c)) return i;
      } else if (this.#escaped) this.#escaped = false;
      else if (c === BACKSLASH) this.#escaped = true;
      else if (c === QUOTE || c === LF) return i + 1;
    }
    return -1;
  }
}

function kindOf(first: number | undefined): 'string' | 'number' | 'other' {
  if (first === QUOTE) return 'string';
  return first === MINUS || (first !== undefined && first >= ZERO && first <= NINE) ? 'number' : 'other';
}

function closeOf(bytes: Buffer, at: number): number {
  const end = new BracketMatcher().find(bytes, at);
  if (end === -1) return NEED_MORE;
  return bytes[end - 1] === LF ? BROKEN : end;
}

/** JSON text without the blanks between its tokens. */
function compact(bytes: Buffer, start: number, end: number): string {
  const out = Buffer.allocUnsafe(end - start);
  let [length, inString] = [0, false];
  for (let i = start; i < end; i++) {
    const c = bytes[i] as number;
    if (!inString && isSpace(c)) continue;
    out[length++] = c;
    if (c === QUOTE) inString = !inString;
    else if (c === BACKSLASH && inString) out[length++] = bytes[++i] as number;
  }
  return out.toString('utf8', 0, length);
}
