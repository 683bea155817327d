import { Temporal } from 'temporal-polyfill';
import { parseDecimal } from '#lib/base/decimal';
import { formatInstant, type Instant, MICROS, parseInstant } from '#lib/base/instant';

/** Brings a text to the one form that all texts of the same value share; null: not a value of the type. */
export type Normaliser = (text: string) => string | null;

const EXACT = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL(\(.*\))?|NUMERIC(\(.*\))?)$/;
const INSTANT = /^TIMESTAMP(TZ|_S|_MS|_US)?$|^TIMESTAMP WITH TIME ZONE$/;

/** Whether a DuckDB type holds instants: only their texts may be spelled in another way. */
export const isInstantType = (type: string): boolean => INSTANT.test(type.toUpperCase());

/**
 * How values of a DuckDB type are compared: numbers by value (`0.3` = `0.30`), floats with NaN = NaN and -0 = 0,
 * instants whatever their offset (a time without one is read in `timezone`), everything else by code points.
 */
export function normaliserOf(type: string, timezone: string): Normaliser {
  const upper = type.toUpperCase();
  if (EXACT.test(upper)) return exactForm;
  if (upper === 'DOUBLE') return (text) => floatForm(text, Number);
  if (upper === 'FLOAT' || upper === 'REAL') return (text) => floatForm(text, (t) => Math.fround(Number(t)));
  if (isInstantType(upper)) {
    return remembered((text) => liveInstant(text, timezone)?.toString() ?? null);
  }
  if (upper === 'BOOLEAN') return booleanForm;
  if (upper === 'UUID') return (text) => text.toLowerCase();
  return (text) => text;
}

/** True when two texts, or two NULLs, are the same value. */
export function sameValue(a: string | null, b: string | null, form: Normaliser): boolean {
  if (a === null || b === null || a === b) return a === b;
  const normal = form(a);
  return normal !== null && normal === form(b);
}

/** A whole key in one text, so that equal keys give equal texts and others don't. Null: a part is not a value. */
export function keyForm(parts: readonly string[], forms: readonly Normaliser[]): string | null {
  const normal = parts.map((part, i) => forms[i]?.(part) ?? null);
  return normal.includes(null) ? null : normal.map((part) => `${part?.length}:${part}`).join('');
}

/** Times repeat (buckets do by the thousand), and parsing them is slow: the last few thousand texts are kept. */
function remembered(form: Normaliser): Normaliser {
  let known = new Map<string, string | null>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (known.size >= 5_000) known = new Map();
    const normal = form(text);
    known.set(text, normal);
    return normal;
  };
}

const CANONICAL_INTEGER = /^(0|-?[1-9]\d*)$/;

function exactForm(text: string): string | null {
  if (CANONICAL_INTEGER.test(text)) return `${text}e-0`;
  const decimal = parseDecimal(text);
  if (decimal === null) return null;
  let { unscaled, scale } = decimal;
  while (scale > 0 && unscaled % 10n === 0n) [unscaled, scale] = [unscaled / 10n, scale - 1];
  return `${unscaled}e-${scale}`;
}

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
};

function floatForm(text: string, read: (text: string) => number): string | null {
  const special = SPECIAL[text.toLowerCase()];
  if (special !== undefined) return String(special);
  return FLOAT.test(text) ? String(read(text) + 0) : null;
}

function booleanForm(text: string): string | null {
  if (/^(true|t|1)$/i.test(text)) return 'true';
  return /^(false|f|0)$/i.test(text) ? 'false' : null;
}

/** The instant that a live time names; of a repeated local time the first. Null for a text that is no time. */
export function liveInstant(text: string, timezone: string): Instant | null {
  const dated = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text;
  const zoned = parseInstant(dated);
  if (zoned !== null) return zoned;
  const wall = parseInstant(`${dated}Z`);
  if (wall === null || timezone === 'UTC') return wall;
  const whole = wall - (((wall % MICROS.second) + MICROS.second) % MICROS.second);
  const local = formatInstant(whole).slice(0, 19);
  const instant = Temporal.PlainDateTime.from(local).toZonedDateTime(timezone, { disambiguation: 'earlier' });
  return BigInt(instant.epochMilliseconds) * 1000n + (wall - whole);
}
