import { type Decimal, parseDecimal } from '#lib/base/decimal';
import { type ComparedColumn, isDecimal, isFloat, isInteger, scaleOf } from '#lib/compare/columns';
import { mostCharacters, secondDigits } from '#lib/compare/values-sql';

/**
 * What helps where a live column cannot hold a recalculated value exactly: a rounding only where this value fits once it
 * is rounded. `value` is the value's text.
 */
export function fixOfMisfit(column: ComparedColumn, value: string | null, isKey: boolean): string {
  const { name, type, sqlType, from } = column;
  const where = isKey ? `in the key "${name}"` : `in the measure "${name}"`;
  const characters = mostCharacters(column);
  if (characters !== null)
    return `It takes ${characters} characters at most. Widen the column, or shorten the text in the plan, for example \`left(…, ${characters})\`.`;
  if (isFloat(type)) {
    const cast = type === 'FLOAT' ? 'float' : 'double';
    return `A float has no room for every digit. Make the column a decimal or a whole number, or say that the nearest float is meant: \`(…)::${cast}\` ${where}.`;
  }
  const seconds = secondDigits(column);
  if (seconds !== null) {
    const part = seconds === 0 ? 'second' : seconds === 3 ? 'millisecond' : null;
    const cut = part === null ? '' : `, for example \`date_trunc('${part}', …)\``;
    return `It keeps ${seconds} digits of the second. Say how a time is cut to them ${where}${cut}.`;
  }
  if (type === 'DATE') return `Say which day is meant, for example \`(…)::date\` ${where}.`;
  if (!isInteger(type) && !isDecimal(type))
    return `Change the expression ${where} so that it gives values of ${sqlType}.`;
  const number = numberOf(value ?? '');
  if (number === null) return `The column takes numbers only. Give another value for ${value} ${where}.`;
  if (!fits(number, type)) return `Widen the column: ${sqlType} has no room for a number of this size.`;
  if (isFloat(from) && /^numeric$/i.test(sqlType))
    return `Say how many digits are meant, for example \`round(…, 6)::decimal(38,6)\` ${where}.`;
  return `Say how it is rounded, for example \`round(…, ${scaleOf(type)})\` ${where}.`;
}

/** A number's text, as a float writes it too (`1e+20`); null for infinity and NaN. */
function numberOf(text: string): Decimal | null {
  const [digits = '', exponent = '0'] = text.split('e');
  const plain = parseDecimal(digits);
  if (plain === null || !/^[+-]?\d+$/.test(exponent)) return null;
  const scale = plain.scale - Number(exponent);
  return scale >= 0
    ? { unscaled: plain.unscaled, scale }
    : { unscaled: plain.unscaled * 10n ** BigInt(-scale), scale: 0 };
}

const BITS: Readonly<Record<string, bigint>> = {
  TINYINT: 8n,
  SMALLINT: 16n,
  INTEGER: 32n,
  BIGINT: 64n,
  HUGEINT: 128n,
};

/** Whether a number, rounded to a type's digits after the point, is in its range. */
function fits(number: Decimal, type: string): boolean {
  const scale = scaleOf(type);
  const rounded = atScale(number, scale);
  if (isDecimal(type)) {
    const precision = BigInt(/^DECIMAL\((\d+),/.exec(type)?.[1] ?? 38);
    return rounded < 10n ** precision && -rounded < 10n ** precision;
  }
  const bits = BITS[type.replace(/^U(?=[A-Z]+INT)/, '')] ?? 64n;
  const isUnsigned = type.startsWith('U');
  const [least, end] = isUnsigned ? [0n, 2n ** bits] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n)];
  return rounded >= least && rounded < end;
}

/** Rounded half away from zero. */
function atScale({ unscaled, scale }: Decimal, wanted: number): bigint {
  if (scale <= wanted) return unscaled * 10n ** BigInt(wanted - scale);
  const unit = 10n ** BigInt(scale - wanted);
  const half = unscaled < 0n ? -(unit / 2n) : unit / 2n;
  return (unscaled + half) / unit;
}
