import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '#lib/plan/duration';

it.each([
  ['0s', 0n, '0s'],
  ['2h', 7_200_000_000n, '2h'],
  ['90m', 5_400_000_000n, '1h30m'],
  ['1d12h5m7s', 129_907_000_000n, '1d12h5m7s'],
  ['36500d', 3_153_600_000_000_000n, '36500d'],
])('%s is %s microseconds, and written %s', (text, micros, shortest) => {
  expect(parseDuration(text)).toBe(micros);
  expect(formatDuration(micros)).toBe(shortest);
});

it.each(['36500d1s', '1h1h', '1s1m', 'x2h', '2hx', '1234567890123s'])('%s is none', (text) => {
  expect(parseDuration(text)).toBeNull();
});
