import { formatDecimal, parseDecimal } from '#lib/base/decimal';

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `1,284`. */
export const countText = (n: number): string => grouped(String(n));

/** `1 row`, `1,284 rows`. */
export const countWords = (n: number, one: string, many: string): string =>
  `${countText(n)} ${n === 1 ? one : many}`;

/** `1 update, 2 inserts, 0 deletes`. */
export const countsText = (counts: {
  readonly updates: number;
  readonly inserts: number;
  readonly deletes: number;
}): string =>
  [
    countWords(counts.updates, 'update', 'updates'),
    countWords(counts.inserts, 'insert', 'inserts'),
    countWords(counts.deletes, 'delete', 'deletes'),
  ].join(', ');

/** A difference with its sign and groups of digits: `+18,176`, `−0.50`, `0`. What is no plain decimal stays as it is. */
export function signedText(value: string): string {
  const decimal = parseDecimal(value);
  if (decimal === null) return value;
  if (decimal.unscaled === 0n) return '0';
  const [whole = '', ...fraction] = formatDecimal({
    ...decimal,
    unscaled: decimal.unscaled < 0n ? -decimal.unscaled : decimal.unscaled,
  }).split('.');
  return [`${decimal.unscaled < 0n ? '−' : '+'}${grouped(whole)}`, ...fraction].join('.');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2})(:\d{2})?(\.\d+)?Z$/;

/** `21 Nov 2026, 12:02 UTC`; seconds and their fraction only where they are not zero. What is no instant stays. */
export function instantText(iso: string): string {
  const found = ISO.exec(iso);
  if (found === null) return iso;
  const [, year, month, day, clock, seconds = '', fraction = ''] = found;
  const exact = fraction.replace(/0+$/, '').replace(/\.$/, '');
  const rest = seconds === ':00' && exact === '' ? '' : `${seconds}${exact}`;
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}, ${clock}${rest} UTC`;
}

/** `21 Nov 2026, 12:02 UTC`, to the minute: when something was done. */
export const minuteText = (iso: string): string => instantText(iso.replace(/(T\d{2}:\d{2}).*Z$/, '$1Z'));

/** `a`, `a and b`, `a, b and c`. */
export function listText(parts: readonly string[]): string {
  const last = parts.at(-1);
  if (last === undefined) return '';
  return parts.length === 1 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these would hide or turn around what is read
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A value as it is read by people: what can't be seen, or turns the text around, stands as its code. */
export const visibleText = (value: string): string =>
  value.replace(INVISIBLE, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
