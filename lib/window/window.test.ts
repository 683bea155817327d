import { expect, it } from 'vitest';
import { parseBucketSize } from '#lib/window/window';

it.each<[string, number, string]>([
  ['1m', 1, 'm'],
  ['15m', 15, 'm'],
  ['90m', 90, 'm'],
  ['1440m', 1440, 'm'],
  ['1h', 1, 'h'],
  ['8h', 8, 'h'],
  ['24h', 24, 'h'],
  ['1d', 1, 'd'],
  ['1w', 1, 'w'],
  ['1mo', 1, 'mo'],
])('%s is a bucket', (text, count, unit) => {
  expect(parseBucketSize(text)).toEqual({ count, unit });
});

it.each([
  '7m',
  '50m',
  '2880m',
  '5h',
  '48h',
  '2d',
  '2w',
  '2mo',
  '0h',
  '01h',
  '1',
  'h',
  '1 h',
  '-1h',
  '1.5h',
  'x1h',
  '1hx',
  '1y',
  '',
])('%j is none', (text) => {
  expect(parseBucketSize(text)).toBeNull();
});
