import { Temporal } from 'temporal-polyfill';
import {
  addDecimal,
  compareDecimal,
  type Decimal,
  formatDecimal,
  negateDecimal,
  parseDecimal,
} from '#lib/base/decimal';
import { Bug } from '#lib/base/failure';
import { formatInstant, type Instant, parseInstant } from '#lib/base/instant';
import type { OracleType, OracleValue } from '#lib/compare/oracle/incident';

const isDecimal = (value: OracleValue): value is Decimal =>
  typeof value === 'object' && value !== null && 'unscaled' in value;

const decimalOf = (value: OracleValue): Decimal | null => {
  if (typeof value === 'bigint') return { unscaled: value, scale: 0 };
  return isDecimal(value) ? value : null;
};

/** Reads a text as a value of a type. */
export function parseValue(text: string | null, type: OracleType): OracleValue {
  if (text === null || type === 'text') return text;
  if (type === 'integer') return BigInt(text);
  if (type === 'float') return text === 'nan' ? Number.NaN : Number(text);
  if (type === 'boolean') return text === 'true';
  if (type === 'instant') {
    const instant = parseInstant(text) ?? parseInstant(`${text}Z`);
    if (instant === null) throw new Bug(`not an instant: ${text}`);
    return { instant };
  }
  const decimal = parseDecimal(text);
  if (decimal === null) throw new Bug(`not a decimal: ${text}`);
  return decimal;
}

/** Reads a live time; one without an offset by the clock of a zone, a repeated local hour as the first. */
export function parseInstantIn(text: string | null, timezone: string): Instant | null {
  if (text === null) return null;
  const instant = parseInstant(text);
  if (instant !== null) return instant;
  const local = Temporal.PlainDateTime.from(text);
  const zoned = local.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  return BigInt(zoned.epochMilliseconds) * 1000n + BigInt(local.microsecond);
}

/** How every interface shows a value: decimals in the scale of their type, floats in the shortest form. */
export function formatValue(value: OracleValue, type: OracleType): string | null {
  if (value === null) return null;
  if (typeof value === 'object') {
    if (!isDecimal(value)) return formatInstant(value.instant);
    return formatDecimal(
      typeof type === 'object' ? addDecimal(value, { unscaled: 0n, scale: type.scale }) : value,
    );
  }
  if (typeof value === 'bigint' && typeof type === 'object')
    return formatValue({ unscaled: value, scale: 0 }, type);
  if (typeof value === 'number') return floatText(value);
  return String(value);
}

/** The shortest text that reads back as the same float; an exponent has two digits at least, as in C. */
const floatText = (value: number): string => {
  if (Number.isNaN(value)) return 'nan';
  const text = Number.isInteger(value) ? value.toFixed(1) : String(value);
  return text.replace(/(?<=e[+-])\d$/, '0$&');
};

/** Equal as the contract has it: numbers by value, NaN = NaN, -0 = 0, NULL only NULL; floats within a tolerance. */
export function equalValues(a: OracleValue, b: OracleValue, tolerance: number): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= tolerance;
  }
  return compareValues(a, b) === 0;
}

/** Numbers as numbers, text by its code points, NULL last. */
export function compareValues(a: OracleValue, b: OracleValue): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const [x, y] = [decimalOf(a), decimalOf(b)];
  if (x !== null && y !== null) return compareDecimal(x, y);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a === 'object' && typeof b === 'object' && 'instant' in a && 'instant' in b) {
    return a.instant === b.instant ? 0 : a.instant < b.instant ? -1 : 1;
  }
  throw new Bug('values of two types are compared');
}

/** By code points, which is the order of the UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i += 1) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

export function addValues(a: OracleValue, b: OracleValue): OracleValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a + b;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const [x, y] = [decimalOf(a), decimalOf(b)];
  if (x === null || y === null) throw new Bug('these values do not add');
  return addDecimal(x, y);
}

/** recalculated - live, NULL counting as 0; null when both are NULL and for what is not a number, NaN too. */
export function deltaOf(recalculated: OracleValue, live: OracleValue, type: OracleType): OracleValue {
  if (recalculated === null && live === null) return null;
  if (type === 'float') {
    const delta = Number(recalculated ?? 0) - Number(live ?? 0);
    return Number.isNaN(delta) ? null : delta;
  }
  if (type !== 'integer' && typeof type !== 'object') return null;
  return addDecimal(decimalOf(recalculated ?? 0n) ?? zero, negateDecimal(decimalOf(live ?? 0n) ?? zero));
}

const zero: Decimal = { unscaled: 0n, scale: 0 };

/** One text for equal values and another for others: the name of a key, the content of a record. */
export function nameOf(values: readonly OracleValue[]): string {
  return JSON.stringify(values.map(plainForm));
}

function plainForm(value: OracleValue): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return ['float', String(value + 0)];
  if (typeof value === 'object' && 'instant' in value) return ['instant', value.instant.toString()];
  let { unscaled, scale } = decimalOf(value) ?? zero;
  while (scale > 0 && unscaled % 10n === 0n) [unscaled, scale] = [unscaled / 10n, scale - 1];
  return ['number', unscaled.toString(), scale];
}
