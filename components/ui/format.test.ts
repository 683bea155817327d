import { describe, expect, it } from 'vitest';
import {
  countOf,
  formatBytes,
  formatCount,
  formatDifference,
  formatPercent,
  formatValue,
  shortHash,
  signOf,
} from '#components/ui/format.ts';

describe('formatValue', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['-0.00', '0.00'],
    ['999', '999'],
    ['1000', '1,000'],
    ['-9204.55', '−9,204.55'],
    ['+12', '12'],
    ['12345678901234567890123456789012345678.10', '12,345,678,901,234,567,890,123,456,789,012,345,678.10'],
    ['0.123456789', '0.123456789'],
    ['NaN', 'NaN'],
    ['-inf', '−inf'],
    ['-1.5e-9', '−1.5e−9'],
    ['u-48213', 'u-48213'],
    ['-draft', '-draft'],
    ['2024-06-10', '2024-06-10'],
  ])('%s reads %s', (value, shown) => expect(formatValue(value)).toBe(shown));
});

describe('formatDifference', () => {
  it.each([
    ['145', '+145'],
    ['18402.50', '+18,402.50'],
    ['-104', '−104'],
    ['0', '0'],
    ['0.00', '0.00'],
    ['-0.0', '0.0'],
    ['1e-9', '+1e-9'.replace('-', '−')],
  ])('%s reads %s', (value, shown) => expect(formatDifference(value)).toBe(shown));
});

it('takes the sign from the text', () => {
  expect(['-0.00', '0e5', '-0.01', '7', 'inf', '-inf'].map(signOf)).toEqual([
    'zero',
    'zero',
    'minus',
    'plus',
    'plus',
    'minus',
  ]);
});

it('counts', () => {
  expect(formatCount(9_007_199_254_740_993n)).toBe('9,007,199,254,740,993');
  expect(countOf(1, 'row', 'rows')).toBe('1 row');
  expect(countOf('1284', 'row', 'rows')).toBe('1,284 rows');
  expect(countOf(0, 'row', 'rows')).toBe('0 rows');
});

it('gives shares with one decimal and never rounds to a false none or all', () => {
  expect(formatPercent(15_017, 23_076)).toBe('65.1%');
  expect(formatPercent(1301, 48_210)).toBe('2.7%');
  expect(formatPercent(0, 5)).toBe('0.0%');
  expect(formatPercent(1, 1_000_000)).toBe('<0.1%');
  expect(formatPercent(999_999, 1_000_000)).toBe('>99.9%');
  expect(formatPercent(5, 5)).toBe('100.0%');
  expect(formatPercent(0, 0)).toBe('—');
});

it('gives sizes and short hashes', () => {
  expect([0, 999, 1000, 18_200_000, 999_950].map(formatBytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '18.2 MB',
    '1.0 MB',
  ]);
  expect(shortHash('5e1d'.padEnd(60, '0').concat('04f6'))).toBe('5e1d…04f6');
  expect(shortHash('7c20e4')).toBe('7c20e4');
});
