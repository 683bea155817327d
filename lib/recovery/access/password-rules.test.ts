import { expect, it } from 'vitest';
import { refuseGuessable } from '#lib/recovery/access/password-rules';

const OWN = ['ana.lovelace@example.org', 'Ana Lovelace'];

it.each([
  ['aaaaaaaaaaaa', 'repeats'],
  ['abababababab', 'repeats'],
  ['Abc1abc1ABC1abc1', 'repeats'],
  ['aaaaaabbbbbb', 'repeats'],
  ['123456789012', 'counts on'],
  ['lkjihgfedcba', 'counts on'],
  ['Password1234', 'most common'],
  ['correcthorsebatterystaple', 'most common'],
  ['ana.lovelace@example.org', 'your own name'],
  ['AnaLovelace1!', 'your own name'],
  ['lovelace-ana-99', 'your own name'],
])('%s is refused, with the reason', (password, why) => {
  expect(() => refuseGuessable(password, OWN)).toThrow(why);
});

it.each([
  'correct horse battery',
  'another long password',
  'ana likes green tea',
  'x7#Kq!m2Zp0v',
  'längere Wörter',
])('%s is taken', (password) => expect(refuseGuessable(password, [...OWN, null])).toBeUndefined());
