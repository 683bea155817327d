import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDecimal,
  compareDecimal,
  type Decimal,
  formatDecimal,
  negateDecimal,
  parseDecimal,
  subtractDecimal,
} from '#lib/base/decimal';

const decimal = (text: string): Decimal => {
  const read = parseDecimal(text);
  if (read === null) throw new Error(`${text} is no decimal`);
  return read;
};
const texts = fc
  .tuple(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), fc.nat({ max: 30 }))
  .map(([unscaled, scale]) => formatDecimal({ unscaled, scale }));

describe('a plain decimal', () => {
  it.each<[string, bigint, number]>([
    ['0', 0n, 0],
    ['-12.50', -1250n, 2],
    ['+7', 7n, 0],
    ['007.10', 710n, 2],
    ['-0.05', -5n, 2],
    ['99999999999999999999999999999999999999', 10n ** 38n - 1n, 0],
  ])('%s', (text, unscaled, scale) => {
    expect(parseDecimal(text)).toEqual({ unscaled, scale });
  });

  it.each(['', '-', '1.', '.5', '1e3', '1,000', ' 1', '1 ', '1.2.3', 'NaN', '--1', '0x1', '1x'])(
    'is not %j',
    (text) => {
      expect(parseDecimal(text)).toBeNull();
    },
  );

  it.each([
    ['-0.05', '-0.05'],
    ['+7.10', '7.10'],
    ['0.00', '0.00'],
    ['-0', '0'],
    ['12', '12'],
  ])('%s is written %s', (text, written) => {
    expect(formatDecimal(decimal(text))).toBe(written);
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(formatDecimal(decimal(text))).toBe(text);
      }),
    );
  });
});

describe('sums', () => {
  it.each([
    ['0.1', '0.2', '0.3', '-0.1'],
    ['1', '0.001', '1.001', '0.999'],
    ['0.001', '1', '1.001', '-0.999'],
    ['-5.00', '5', '0.00', '-10.00'],
    ['9007199254740993.1', '-0.05', '9007199254740993.05', '9007199254740993.15'],
  ])('%s and %s: %s, difference %s', (a, b, sum, difference) => {
    expect(formatDecimal(addDecimal(decimal(a), decimal(b)))).toBe(sum);
    expect(formatDecimal(subtractDecimal(decimal(a), decimal(b)))).toBe(difference);
    expect(formatDecimal(negateDecimal(decimal(b)))).toBe(
      formatDecimal(subtractDecimal({ unscaled: 0n, scale: decimal(b).scale }, decimal(b))),
    );
  });

  it('adding and taking away again gives the same value', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const back = subtractDecimal(addDecimal(decimal(a), decimal(b)), decimal(b));
        expect(compareDecimal(back, decimal(a))).toBe(0);
      }),
    );
  });
});

it.each<[string, string, -1 | 0 | 1]>([
  ['0.3', '0.30', 0],
  ['0.30', '0.3', 0],
  ['-0', '0.00', 0],
  ['0.29', '0.3', -1],
  ['2', '10', -1],
  ['-2', '-10', 1],
  ['1.0000000000000000001', '1', 1],
])('%s against %s is %i', (a, b, order) => {
  expect(compareDecimal(decimal(a), decimal(b))).toBe(order);
});
