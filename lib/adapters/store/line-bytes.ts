import { hash } from 'node:crypto';
import type { CopiedRow } from '#lib/adapters/store/copied-rows';

// The bytes that a line's hash is of, made of the bytes that the database sent: the same as `contentOf` of
// lib/base/audit-chain, without a text in between. A million lines are told so in a few seconds.

/** Instants count from 2000-01-01 in microseconds. */
const EPOCH_SECONDS = 946_684_800;
const US = 1_000_000;
const DAY_SECONDS = 86_400;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NULL = Buffer.from('null');

/** Writes one line after the other into the same bytes. */
export class LineBytes {
  #out = Buffer.alloc(64 * 1024);
  #end = 0;
  #dayKnown = Number.NaN;
  #day = NULL;

  /** SHA-256 of what was written since `begin`. Hexadecimal. */
  hash(): string {
    return hash('sha256', this.#out.subarray(0, this.#end), 'hex');
  }

  /** Begins anew. `needed`: no more than so many bytes are written. */
  begin(needed: number): void {
    if (needed > this.#out.length) this.#out = Buffer.alloc(2 * needed);
    this.#end = 0;
  }

  bytes(bytes: Buffer, from: number, to: number): void {
    bytes.copy(this.#out, this.#end, from, to);
    this.#end += to - from;
  }

  /** A short piece. */
  piece(bytes: Buffer): void {
    const out = this.#out;
    let end = this.#end;
    for (let i = 0; i < bytes.length; i++) out[end++] = bytes[i] ?? 0;
    this.#end = end;
  }

  /** A field as a JSON string, or null. */
  quoted({ bytes, places }: CopiedRow, field: number): void {
    const from = places[2 * field] ?? -1;
    const to = places[2 * field + 1] ?? -1;
    if (from === -1) {
      this.piece(NULL);
      return;
    }
    const out = this.#out;
    let end = this.#end;
    out[end++] = QUOTE;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] ?? 0;
      // JSON writes it in another way
      if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) {
        this.#escaped(bytes, from, to);
        return;
      }
      out[end++] = byte;
    }
    out[end++] = QUOTE;
    this.#end = end;
  }

  #escaped(bytes: Buffer, from: number, to: number): void {
    this.#end += this.#out.write(JSON.stringify(bytes.toString('utf8', from, to)), this.#end);
  }

  /** A timestamptz as ISO, six decimals, UTC. */
  instant(bytes: Buffer, from: number): void {
    const micros = bytes.readInt32BE(from) * 2 ** 32 + bytes.readUInt32BE(from + 4);
    const seconds = Math.floor(micros / US);
    const day = Math.floor((seconds + EPOCH_SECONDS) / DAY_SECONDS);
    if (day !== this.#dayKnown) {
      // many lines are of one day: its text is made once. What is no day of ours gets a text that no hash is of
      const date = new Date(day * DAY_SECONDS * 1000);
      this.#day = Buffer.from(Number.isNaN(date.getTime()) ? 'no day' : date.toISOString().slice(0, -14));
      this.#dayKnown = day;
    }
    this.piece(this.#day);
    const of = seconds + EPOCH_SECONDS - day * DAY_SECONDS;
    this.#digits(Math.floor(of / 3600), 2, 0x54);
    this.#digits(Math.floor(of / 60) % 60, 2, 0x3a);
    this.#digits(of % 60, 2, 0x3a);
    this.#digits(micros - seconds * US, 6, 0x2e);
    this.#out[this.#end++] = 0x5a;
  }

  /** `sign`, and a number with so many digits. */
  #digits(number: number, count: number, sign: number): void {
    this.#out[this.#end] = sign;
    let rest = number;
    for (let i = count; i > 0; i--) {
      this.#out[this.#end + i] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#end += count + 1;
  }
}
