import { createHash, type Hash } from 'node:crypto';

/** What a canonical form may hold. Numbers are left out on purpose: pass integers as bigint, the rest as text. */
export type Canonical =
  | null
  | boolean
  | string
  | bigint
  | readonly Canonical[]
  | { readonly [key: string]: Canonical };

/**
 * Feeds a value into a hash in a canonical, length-prefixed form: every value is its type letter, its length
 * in bytes and its bytes; object keys are sorted by code point. Two different values never give the same bytes.
 */
export function feed(hash: Hash, value: Canonical): void {
  if (value === null) hash.update('n;');
  else if (typeof value === 'boolean') hash.update(value ? 't;' : 'f;');
  else if (typeof value === 'bigint') feedText(hash, 'i', value.toString());
  else if (typeof value === 'string') feedText(hash, 's', value);
  else if (Array.isArray(value)) {
    hash.update(`a${value.length};`);
    for (const item of value) feed(hash, item);
  } else feedObject(hash, value as { readonly [key: string]: Canonical });
}

function feedObject(hash: Hash, value: { readonly [key: string]: Canonical }): void {
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  hash.update(`o${keys.length};`);
  for (const key of keys) {
    feedText(hash, 's', key);
    feed(hash, value[key] ?? null);
  }
}

function feedText(hash: Hash, type: string, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  hash.update(`${type}${bytes.length};`);
  hash.update(bytes);
}

/** SHA-256 of a value's canonical form, as 64 lower-case hex digits. */
export function sha256(value: Canonical): string {
  const hash = createHash('sha256');
  feed(hash, value);
  return hash.digest('hex');
}
