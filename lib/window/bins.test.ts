import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, MICROS, parseInstant } from '#lib/base/instant';
import { BIN_WIDTHS_MS, floorTo, snap, suggestBins } from '#lib/window/bins';

const at = (text: string): bigint => parseInstant(text) ?? -1n;
const width = fc.constantFrom(...BIN_WIDTHS_MS);
const instant = fc.bigInt({ min: at('1900-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') });

describe('suggestBins', () => {
  it.each([
    ['2024-06-10T00:00:00Z', '2024-06-11T00:00:00Z', 1440, 60_000, 1440],
    ['2024-06-10T00:00:00Z', '2024-06-11T00:00:00.000001Z', 1440, 120_000, 721],
    ['2024-06-10T12:00:00Z', '2024-06-10T12:00:10Z', 1440, 1_000, 10],
    ['2024-06-10T12:00:00Z', '2024-06-10T12:00:00Z', 240, 1_000, 1],
    ['2020-01-01T00:00:00Z', '2024-01-01T00:00:00Z', 240, 604_800_000, 209],
    ['1900-01-01T00:00:00Z', '2024-01-01T00:00:00Z', 240, 604_800_000 * 32, 204],
  ])('%s to %s in %i', (from, to, most, widthMs, count) => {
    expect(suggestBins({ from: at(from), to: at(to) }, most)).toMatchObject({ widthMs, count });
  });

  it('covers the interval with at most the given number', () => {
    fc.assert(
      fc.property(
        instant,
        fc.bigInt({ min: 0n, max: 400n * 365n * MICROS.day }),
        fc.integer({ min: 2, max: 1440 }),
        (from, length, most) => {
          const bins = suggestBins({ from, to: from + length }, most);
          expect(bins.from <= from && from + length <= bins.to).toBe(true);
          expect(bins.count).toBeLessThanOrEqual(most);
          expect(bins.to - bins.from).toBe(BigInt(bins.count) * BigInt(bins.widthMs) * 1000n);
        },
      ),
    );
  });
});

it('a timeline of one bar is refused, of two it is none', () => {
  const interval = { from: 0n, to: MICROS.day };
  expect(() => suggestBins(interval, 1)).toThrow('at least two bars');
  expect(suggestBins(interval, 2).count).toBeLessThanOrEqual(2);
});

describe('snap', () => {
  it('goes to the nearest step, weeks to Mondays', () => {
    const week = 604_800_000;
    expect(formatInstant(floorTo(at('2024-06-16T23:00:00Z'), week))).toBe('2024-06-10T00:00:00.000000Z');
    expect(formatInstant(snap(at('2024-06-10T12:00:30Z'), 60_000))).toBe('2024-06-10T12:01:00.000000Z');
    expect(formatInstant(snap(at('2024-06-10T12:00:29.999999Z'), 60_000))).toBe(
      '2024-06-10T12:00:00.000000Z',
    );
    expect(formatInstant(snap(at('1969-12-31T23:59:40Z'), 60_000))).toBe('1970-01-01T00:00:00.000000Z');
  });

  it('is never further than half a step, and stays where it is', () => {
    fc.assert(
      fc.property(instant, width, (t, w) => {
        const snapped = snap(t, w);
        const off = snapped > t ? snapped - t : t - snapped;
        expect(off * 2n <= BigInt(w) * 1000n).toBe(true);
        expect(snap(snapped, w)).toBe(snapped);
        expect(floorTo(snapped, w)).toBe(snapped);
      }),
    );
  });
});
