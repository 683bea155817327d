import type { FileTable } from '#lib/adapters/live/files/file-table';
import { keyForm, type Normaliser } from '#lib/adapters/live/files/value-forms';

/** 2^28 bits: 32 MiB, so few other keys share a bit even among tens of millions. A small file needs no such set. */
const MOST_BITS = 28;
const LEAST_BITS = 12;
const BITS_A_ROW = 16;

/**
 * Keys that stand more than once, at most `limit`. In bounded memory: a first pass marks each key's hash in a bit set
 * and those met again in a second one, the second pass looks closely at these few only. Rows with a NULL key don't count.
 */
export async function repeatedKeysIn(
  table: FileTable,
  keys: readonly string[],
  forms: readonly Normaliser[],
  limit: number,
): Promise<readonly (readonly string[])[]> {
  const wanted = Math.ceil(Math.log2(Math.max(1, await table.rowCount()) * BITS_A_ROW));
  const bits = Math.min(MOST_BITS, Math.max(LEAST_BITS, wanted));
  const [once, again] = [new BitSet(bits), new BitSet(bits)];
  const scan = (onKey: (name: string, parts: readonly string[]) => void): Promise<number> =>
    table.scan(keys, (_, values) => {
      const parts = values.filter((value) => value !== null);
      if (parts.length === keys.length) onKey(keyForm(parts, forms) ?? JSON.stringify(parts), parts);
    });
  await scan((name) => {
    const bit = hashOf(name, bits);
    if (once.add(bit)) again.add(bit);
  });
  if (again.isEmpty) return [];
  const seen = new Set<string>();
  const repeated = new Map<string, readonly string[]>();
  await scan((name, parts) => {
    if (!again.has(hashOf(name, bits))) return;
    if (!seen.has(name)) seen.add(name);
    else if (!repeated.has(name) && repeated.size < limit) repeated.set(name, parts);
  });
  return [...repeated.values()];
}

class BitSet {
  readonly #bytes: Uint8Array;
  isEmpty = true;

  constructor(bits: number) {
    this.#bytes = new Uint8Array(2 ** (bits - 3));
  }

  has(bit: number): boolean {
    return ((this.#bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }
  /** Answers whether it was there already. */
  add(bit: number): boolean {
    const there = this.has(bit);
    this.#bytes[bit >>> 3] = (this.#bytes[bit >>> 3] ?? 0) | (1 << (bit & 7));
    this.isEmpty = false;
    return there;
  }
}

/** FNV-1a with a last mixing step, as so many bits. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string, bits: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> (32 - bits);
}
