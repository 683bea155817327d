/**
 * An instant as microseconds since 1970-01-01T00:00:00Z. A bigint, so that no instant that DuckDB or
 * PostgreSQL can hold is ever rounded.
 */
export type Instant = bigint;

/** A half-open stretch of time: from <= t < to. */
export type Interval = { readonly from: Instant; readonly to: Instant };

export const MICROS = {
  second: 1_000_000n,
  minute: 60_000_000n,
  hour: 3_600_000_000n,
  day: 86_400_000_000n,
} as const;

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/** Parses ISO 8601 with an offset. Null for anything else, also for a time without an offset or finer than 1 µs. */
export function parseInstant(text: string): Instant | null {
  const m = ISO.exec(text.trim());
  if (m === null || m[8] === undefined || m[4] === undefined) return null;
  const [year, month, day] = [Number(m[1]), Number(m[2]), Number(m[3])];
  const [hour, minute, second] = [Number(m[4]), Number(m[5]), Number(m[6] ?? 0)];
  const fraction = (m[7] ?? '').padEnd(9, '0');
  if (!fraction.endsWith('000') || hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const offset = offsetMinutes(m[8]);
  if (offset === null) return null;
  const seconds = BigInt(date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset * 60);
  return seconds * MICROS.second + BigInt(fraction.slice(0, 6));
}

function offsetMinutes(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2)) * (zone.length > 3 ? 1 : 0)];
  if (hours > 18 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** `2024-06-10T12:00:00.000000Z`: the one form in which instants leave Recount. */
export function formatInstant(instant: Instant): string {
  const micros = ((instant % MICROS.second) + MICROS.second) % MICROS.second;
  const iso = new Date(Number((instant - micros) / 1000n)).toISOString();
  return `${iso.slice(0, iso.indexOf('.'))}.${String(micros).padStart(6, '0')}Z`;
}

/** The shortest form that loses nothing: `2024-06-10T12:00Z`, used in URLs. */
export function shortInstant(instant: Instant): string {
  return formatInstant(instant)
    .replace(/\.000000Z$/, 'Z')
    .replace(/:00Z$/, 'Z');
}

export const fromMillis = (ms: number): Instant => BigInt(Math.round(ms)) * 1000n;
/** Whole milliseconds, floored. For charts and clocks only. */
export const toMillis = (instant: Instant): number =>
  Number((instant - (((instant % 1000n) + 1000n) % 1000n)) / 1000n);

/** The one predicate of membership: half-open. */
export const contains = (i: Interval, t: Instant): boolean => i.from <= t && t < i.to;
export const overlaps = (a: Interval, b: Interval): boolean => a.from < b.to && b.from < a.to;

/** Math.min and Math.max for bigints. */
export function earlierOf(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
export function laterOf(a: bigint, b: bigint): bigint {
  if (a < b) return b;
  return a;
}
