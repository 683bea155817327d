/** Shown where there is no value. Never a zero, never an empty cell. */
export const EM_DASH = '—';
const MINUS = '−';

const PLAIN = /^([+-]?)(\d+)(\.\d+)?$/;

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The sign of a value in text: `0`, `-0.00` and what is no number count as zero. */
export function signOf(value: string): 'plus' | 'minus' | 'zero' {
  if (!/[1-9]/.test(value.replace(/e.*$/i, '')) && !/inf/i.test(value)) return 'zero';
  return value.startsWith('-') ? 'minus' : 'plus';
}

/**
 * A value as it is read: digits grouped, the scale kept, U+2212 as minus, zero without a sign. Works on the
 * text, so no digit is ever lost; what is no plain decimal (`NaN`, `1e-9`, a name) stays as it is.
 */
export function formatValue(value: string): string {
  const m = PLAIN.exec(value);
  if (m === null) return value.replace(/^-(?=[\di])/i, MINUS).replace(/(?<=\de)-/i, MINUS);
  const minus = m[1] === '-' && signOf(value) === 'minus' ? MINUS : '';
  return `${minus}${group(m[2] ?? '')}${m[3] ?? ''}`;
}

/** A difference: like a value, with an explicit plus. */
export function formatDifference(value: string): string {
  const shown = formatValue(value);
  return signOf(value) === 'plus' && !shown.startsWith('+') ? `+${shown}` : shown;
}

/** A count of things, grouped. */
export function formatCount(count: number | bigint | string): string {
  return formatValue(String(count));
}

/** `1 row`, `1,284 rows`. */
export function countOf(count: number | bigint | string, one: string, many: string): string {
  return `${formatCount(count)} ${String(count) === '1' ? one : many}`;
}

/** A share of counts in per cent with one decimal, rounded half up; an em dash of nothing. */
export function formatPercent(part: number | bigint | string, whole: number | bigint | string): string {
  const [p, w] = [BigInt(part), BigInt(whole)];
  if (w === 0n) return EM_DASH;
  const tenths = (p * 2000n + w) / (2n * w);
  // What is not quite nothing and not quite all must not read as if it were.
  if (tenths === 0n && p > 0n) return '<0.1%';
  if (tenths === 1000n && p < w) return '>99.9%';
  return `${tenths / 10n}.${tenths % 10n}%`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A size in decimal units, as disks and clouds give it: `18.2 MB`. */
export function formatBytes(bytes: number | bigint | string): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** A hash or id cut for reading: `5e1d…04f6`. The full one belongs beside it, to copy. */
export function shortHash(hash: string): string {
  return hash.length > 12 ? `${hash.slice(0, 4)}…${hash.slice(-4)}` : hash;
}
