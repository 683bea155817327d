import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogramBins } from '#lib/compare/histogram';

describe('histogramBins', () => {
  it('has zero as a bound and round widths', () => {
    const { width, bounds } = histogramBins(-104, 145);
    expect(width).toBe(10);
    expect(bounds.at(0)).toEqual({ index: -11, from: '-110', to: '-100' });
    expect(bounds.at(-1)).toEqual({ index: 14, from: '140', to: '150' });
    expect(bounds.some((b) => b.from === '0')).toBe(true);
  });

  it('gives exact decimal bounds', () => {
    const { bounds } = histogramBins(0, 0.37);
    expect(bounds.map((b) => b.from).slice(0, 4)).toEqual(['0.00', '0.01', '0.02', '0.03']);
  });

  it.each<[number, number, number, string[]]>([
    [0, 38, 1, ['0', '1', '2']],
    [0, 39, 2, ['0', '2', '4']],
    [0, 76, 2, ['0', '2', '4']],
    [0, 77, 5, ['0', '5', '10']],
    [0, 190, 5, ['0', '5', '10']],
    [0, 191, 10, ['0', '10', '20']],
    [0, 3_800_000, 100_000, ['0', '100000', '200000']],
    [0, 0, 1, ['0']],
    [-0.7, 0.06, 0.02, ['-0.70', '-0.68', '-0.66']],
    [-0.1, 0, 0.005, ['-0.100', '-0.095', '-0.090']],
    [-76, -38, 2, ['-76', '-74', '-72']],
  ])('%d to %d: bins of %d', (low, high, width, from) => {
    const bins = histogramBins(low, high);
    expect([bins.width, bins.bounds.slice(0, from.length).map((b) => b.from)]).toEqual([width, from]);
    for (const [i, bound] of bins.bounds.slice(1).entries()) expect(bound.from).toBe(bins.bounds[i]?.to);
  });

  it('covers every value with at most 41 bins', () => {
    const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { width, bounds } = histogramBins(low, high);
        expect(bounds.length).toBeLessThanOrEqual(41);
        for (const v of [low, high]) expect(bounds.some((x) => x.index === Math.floor(v / width))).toBe(true);
      }),
    );
  });
});
