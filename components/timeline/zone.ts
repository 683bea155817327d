import { formatInputTime } from '#components/ui/time.ts';
import { formatInstant, type Instant, MICROS, parseInstant, toMillis } from '#lib/base/instant';

const offsets = new Map<string, Intl.DateTimeFormat>();

function offsetFormat(zone: string): Intl.DateTimeFormat {
  const known = offsets.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    timeZoneName: 'longOffset',
    year: 'numeric',
  });
  offsets.set(zone, made);
  return made;
}

/** True where the browser knows the zone. */
export function isZone(zone: string): boolean {
  try {
    offsetFormat(zone);
    return true;
  } catch {
    return false;
  }
}

/** How far a zone's clock is ahead of UTC at an instant, in microseconds. */
export function offsetAt(instant: Instant, zone: string): bigint {
  const name = offsetFormat(zone)
    .formatToParts(toMillis(instant))
    .find((part) => part.type === 'timeZoneName')?.value;
  const m = /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name ?? '');
  if (m === null) return 0n;
  const seconds = BigInt(m[2] ?? 0) * 3600n + BigInt(m[3] ?? 0) * 60n + BigInt(m[4] ?? 0);
  return (m[1] === '-' ? -seconds : seconds) * MICROS.second;
}

/** `+02:00`. */
export function offsetText(offset: bigint): string {
  const minutes = (offset < 0n ? -offset : offset) / MICROS.minute;
  const two = (n: bigint): string => String(n).padStart(2, '0');
  return `${offset < 0n ? '-' : '+'}${two(minutes / 60n)}:${two(minutes % 60n)}`;
}

/** The instants at which a zone's clock shows a wall time (given as if it were UTC): none, one or two, in order. */
function instantsAt(wall: Instant, zone: string): readonly Instant[] {
  const around = [offsetAt(wall - MICROS.day, zone), offsetAt(wall + MICROS.day, zone)];
  const found = new Set(around.filter((o) => offsetAt(wall - o, zone) === o).map((o) => wall - o));
  return [...found].sort((a, b) => (a < b ? -1 : 1));
}

/** `2026-11-21 12:02`, with its offset where the clock shows that time twice. Reads back through parseTyped. */
export function formatTyped(instant: Instant, zone: string): string {
  const shown = formatInputTime(formatInstant(instant), zone);
  const offset = offsetAt(instant, zone);
  return instantsAt(instant + offset, zone).length > 1 ? `${shown} ${offsetText(offset)}` : shown;
}

export type Typed =
  | { readonly ok: true; readonly at: Instant }
  | { readonly ok: false; readonly message: string };

const FORM = 'Write it as 2026-11-21 12:02, seconds and an offset if you like.';
const TYPED =
  /^(?:(\d{4}-\d{2}-\d{2})[T ]?)?(?:(\d{1,2}):(\d{2})(:\d{2}(?:\.\d{1,6})?)?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * Reads a time as it is typed: date and time, seconds if wanted, `24:00` for a day's end. Without an offset it is of
 * `zone`; without a date it is of the day of `near`.
 */
export function parseTyped(text: string, zone: string, near: Instant | null): Typed {
  const m = TYPED.exec(text.trim());
  if (m === null || (m[1] === undefined && m[2] === undefined)) return { ok: false, message: FORM };
  const day = m[1] ?? (near === null ? null : formatInputTime(formatInstant(near), zone).slice(0, 10));
  if (day === null) return { ok: false, message: `Write the day too. ${FORM}` };
  const endOfDay = m[2] === '24' && m[3] === '00' && /^(:00)?(\.0*)?$/.test(m[4] ?? '');
  const clock = endOfDay ? '00:00' : `${(m[2] ?? '0').padStart(2, '0')}:${m[3] ?? '00'}${m[4] ?? ''}`;
  const offset = m[5]?.toUpperCase().replace('UTC', 'Z');
  const wall = parseInstant(`${day}T${clock}${offset ?? 'Z'}`);
  if (wall === null) return { ok: false, message: `There is no such time. ${FORM}` };
  const shifted = endOfDay ? wall + MICROS.day : wall;
  if (offset !== undefined) return { ok: true, at: shifted };
  const [first] = instantsAt(shifted, zone);
  if (first === undefined) {
    return {
      ok: false,
      message: `Clocks in ${zone} skip this time. Choose one before or after, or write UTC.`,
    };
  }
  return { ok: true, at: first };
}

/** The zones offered: UTC, those that the plan names, and the reader's own; each once. */
export function zonesOf(named: readonly (string | undefined)[], local: string): readonly string[] {
  const all = ['UTC', ...named, local].filter((zone): zone is string => zone !== undefined && isZone(zone));
  return [...new Set(all.map((zone) => (['Etc/UTC', 'Z', 'GMT'].includes(zone) ? 'UTC' : zone)))];
}
