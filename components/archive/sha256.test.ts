import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '#components/archive/sha256.ts';

const node = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('agrees with the known answers of FIPS 180-4', () => {
  expect(sha256().digest()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const abc = sha256();
  abc.update(new TextEncoder().encode('abc'));
  expect(abc.digest()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('gives the same hash as Node for any bytes, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (pieces) => {
      const hash = sha256();
      for (const piece of pieces) hash.update(piece);
      expect(hash.digest()).toBe(node(Buffer.concat(pieces)));
    }),
  );
});

test('hashes several megabytes', () => {
  const bytes = Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * 31) % 251);
  const hash = sha256();
  hash.update(bytes);
  expect(hash.digest()).toBe(node(bytes));
});
