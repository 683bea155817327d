import { expect, it } from 'vitest';
import { isWithin } from '#lib/patch/stretches';

it.each([
  ['', '', true],
  ['', '3', true],
  ['3', '', false],
  ['3', '3', true],
  ['1,3', '0-5', true],
  ['1,9', '0-5', false],
  ['2-4', '0-3,4-6', false],
  ['0,7-8', '0-1,5,7-9', true],
  ['6', '0-5,7', false],
  ['10', '9-11', true],
])('%j within %j: %s', (some, all, expected) => {
  expect(isWithin(some, all)).toBe(expected);
});
