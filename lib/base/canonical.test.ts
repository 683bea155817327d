import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Canonical, sha256 } from '#lib/base/canonical';

const hex = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');

// Seals stand in ledgers and reports: this form may never change.
describe('the canonical form', () => {
  it.each<[string, Canonical, string]>([
    ['null', null, 'n;'],
    ['true', true, 't;'],
    ['false', false, 'f;'],
    ['an integer', -12n, 'i3;-12'],
    ['text', 'abc', 's3;abc'],
    ['text, by its bytes in UTF-8', 'é', 's2;é'],
    ['no text', '', 's0;'],
    ['a list', ['a', null, 1n], 'a3;s1;an;i1;1'],
    ['an empty list', [], 'a0;'],
    ['an object, its keys in order', { b: '2', a: '1' }, 'o2;s1;as1;1s1;bs1;2'],
    ['an empty object', {}, 'o0;'],
    ['a nested one', [{ a: [false] }], 'a1;o1;s1;aa1;f;'],
  ])('of %s', (_, value, bytes) => {
    expect(sha256(value)).toBe(hex(bytes));
  });
});

describe('two values that differ differ in their hash', () => {
  it.each<[string, Canonical, Canonical]>([
    ['a border between texts', ['ab', 'c'], ['a', 'bc']],
    ['a number and its text', 1n, '1'],
    ['null and no text', null, ''],
    ['a list and what it holds', ['a'], 'a'],
    ['a list in a list', [['a'], 'b'], ['a', ['b']]],
    ['a list and an object', ['a', 'b'], { a: 'b' }],
    ['text that looks like the form', ['s1;a'], ['a']],
    ['order in a list', ['a', 'b'], ['b', 'a']],
    ['a missing key and null', {}, { a: null }],
  ])('%s', (_, one, other) => {
    expect(sha256(one)).not.toBe(sha256(other));
  });
});

it('the order in which keys were written is nothing', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse());
      expect(sha256(reversed)).toBe(sha256(object));
    }),
  );
});
