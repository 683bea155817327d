import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contains,
  earlierOf,
  formatInstant,
  fromMillis,
  laterOf,
  MICROS,
  overlaps,
  parseInstant,
  shortInstant,
  toMillis,
} from '#lib/base/instant';

const NOON = 1_718_020_800_000_000n;

describe('parseInstant', () => {
  it.each<[string, bigint]>([
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['2024-06-10T12:00:00Z', NOON],
    ['2024-06-10t12:00:00z', NOON],
    ['2024-06-10 12:00:00 Z', NOON],
    ['2024-06-10T12:00Z', NOON],
    ['  2024-06-10T12:00Z\n', NOON],
    ['2024-06-10T12:34:56Z', NOON + 34n * MICROS.minute + 56n * MICROS.second],
    ['2024-06-10T12:00:00.5Z', NOON + 500_000n],
    ['2024-06-10T12:00:00.000001Z', NOON + 1n],
    ['2024-06-10T12:00:00.000001000Z', NOON + 1n],
    ['2024-06-10T14:00:00+02:00', NOON],
    ['2024-06-10T14:00:00+0200', NOON],
    ['2024-06-10T14:00:00+02', NOON],
    ['2024-06-10T07:30:00-04:30', NOON],
    ['2024-06-10T07:30:00-0430', NOON],
    ['2024-06-10T08:00:00-04', NOON],
    ['2024-06-11T06:00:00+18:00', NOON],
    ['2024-06-10T12:59:00+00:59', NOON],
    ['2024-06-10T23:59:59.999999Z', NOON + 12n * MICROS.hour - 1n],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000_000n],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000_000n],
    ['0099-12-31T00:00:00Z', -59_011_545_600_000_000n],
    ['9999-12-31T23:59:59.999999Z', 253_402_300_799_999_999n],
  ])('%s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it.each([
    ['no offset', '2024-06-10T12:00:00'],
    ['a day alone', '2024-06-10'],
    ['a day with an offset and no time', '2024-06-10Z'],
    ['finer than a microsecond', '2024-06-10T12:00:00.0000001Z'],
    ['hour 24', '2024-06-10T24:00:00Z'],
    ['minute 60', '2024-06-10T12:60:00Z'],
    ['a leap second', '2024-06-10T23:59:60Z'],
    ['a day that is not', '2024-06-31T00:00:00Z'],
    ['29 February of no leap year', '2023-02-29T00:00:00Z'],
    ['month 13', '2024-13-10T00:00:00Z'],
    ['day 0', '2024-06-00T00:00:00Z'],
    ['an offset past 18 hours', '2024-06-10T12:00:00+19:00'],
    ['an offset of 60 minutes', '2024-06-10T12:00:00+01:60'],
    ['ten digits of a second', '2024-06-10T12:00:00.0000000000Z'],
    ['a fraction without digits', '2024-06-10T12:00:00.Z'],
    ['no colon', '2024-06-10T1200Z'],
    ['two blanks before the offset', '2024-06-10T12:00:00  Z'],
    ['words before', 'at 2024-06-10T12:00:00Z'],
    ['words after', '2024-06-10T12:00:00Z sharp'],
    ['an hour alone', '2024-06-10T12Z'],
    ['one digit of a month', '2024-6-10T12:00:00Z'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(parseInstant(text)).toBeNull();
  });

  it('reads what formatInstant writes, to the microsecond, before 1970 too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }), (t) => {
        const text = formatInstant(t);
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        expect(parseInstant(text)).toBe(t);
        expect(parseInstant(shortInstant(t))).toBe(t);
      }),
    );
  });
});

it.each<[bigint, string, string]>([
  [NOON, '2024-06-10T12:00:00.000000Z', '2024-06-10T12:00Z'],
  [NOON + 1n, '2024-06-10T12:00:00.000001Z', '2024-06-10T12:00:00.000001Z'],
  [NOON + 100_000n, '2024-06-10T12:00:00.100000Z', '2024-06-10T12:00:00.100000Z'],
  [NOON + MICROS.second, '2024-06-10T12:00:01.000000Z', '2024-06-10T12:00:01Z'],
  [-1n, '1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  [-1_500_000n, '1969-12-31T23:59:58.500000Z', '1969-12-31T23:59:58.500000Z'],
])('%s is written %s, and shorter %s', (instant, long, short) => {
  expect([formatInstant(instant), shortInstant(instant)]).toEqual([long, short]);
});

it('turns to milliseconds by flooring, and back by rounding', () => {
  expect([0n, 999n, 1000n, 1999n, -1n, -1000n, -1001n].map(toMillis)).toEqual([0, 0, 1, 1, -1, -1, -2]);
  expect([0, 1.4, 1.6, -2].map(fromMillis)).toEqual([0n, 1000n, 2000n, -2000n]);
});

it('a window holds its first instant and not its last', () => {
  const window = { from: 10n, to: 20n };
  expect([9n, 10n, 19n, 20n].map((t) => contains(window, t))).toEqual([false, true, true, false]);
});

it('windows that only touch do not overlap', () => {
  const window = { from: 10n, to: 20n };
  const each = (from: bigint, to: bigint) => [overlaps(window, { from, to }), overlaps({ from, to }, window)];
  expect(each(0n, 10n)).toEqual([false, false]);
  expect(each(20n, 30n)).toEqual([false, false]);
  expect(each(0n, 11n)).toEqual([true, true]);
  expect(each(19n, 30n)).toEqual([true, true]);
  expect(each(12n, 13n)).toEqual([true, true]);
});

it('takes the earlier and the later of two', () => {
  for (const [a, b] of [
    [1n, 2n],
    [2n, 1n],
  ] as const) {
    expect([earlierOf(a, b), laterOf(a, b)]).toEqual([1n, 2n]);
  }
});
