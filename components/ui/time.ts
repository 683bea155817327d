/**
 * Instants in words. They come as ISO 8601 with Z (up to 6 decimals) and are shown in UTC unless a zone is
 * given. Exact to the microsecond where it shows: the fraction is taken from the text, not from a Date.
 */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

type Wall = { year: number; month: number; day: number; hour: string; minute: string; second: string };

const wallClocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(zone: string): Intl.DateTimeFormat {
  const known = wallClocks.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  wallClocks.set(zone, made);
  return made;
}

function wallOf(ms: number, zone: string): Wall {
  const parts = new Map(
    wallClock(zone)
      .formatToParts(ms)
      .map((part) => [part.type, part.value]),
  );
  const two = (name: 'hour' | 'minute' | 'second'): string => (parts.get(name) ?? '').padStart(2, '0');
  return {
    year: Number(parts.get('year')),
    month: Number(parts.get('month')),
    day: Number(parts.get('day')),
    hour: two('hour'),
    minute: two('minute'),
    second: two('second'),
  };
}

/** The part of a second that is not zero, to the microsecond: `.5`, `.000001`, or nothing. */
function fractionOf(iso: string): string {
  const digits = /\.(\d+)/.exec(iso)?.[1]?.replace(/0+$/, '') ?? '';
  return digits === '' ? '' : `.${digits}`;
}

const dayText = (wall: Wall, withYear: boolean): string =>
  `${wall.day} ${MONTHS[wall.month - 1] ?? ''}${withYear ? ` ${wall.year}` : ''}`;

/** `12:02`, with seconds only where they are not zero or asked for: `12:02:04.5`. */
function clockText(wall: Wall, iso: string, seconds: 'auto' | 'always'): string {
  const fraction = fractionOf(iso);
  const needed = seconds === 'always' || wall.second !== '00' || fraction !== '';
  return `${wall.hour}:${wall.minute}${needed ? `:${wall.second}${fraction}` : ''}`;
}

/** `21 Nov 2026, 12:02:04 UTC`: an instant in full, with its zone. */
export function formatTime(
  iso: string,
  { zone = 'UTC', seconds = 'always' }: { zone?: string; seconds?: 'auto' | 'always' } = {},
): string {
  const wall = wallOf(Date.parse(iso), zone);
  return `${dayText(wall, true)}, ${clockText(wall, iso, seconds)} ${zone}`;
}

/** `22 Nov 2026, 10:19:05 UTC`: to the second, where the parts of one would only distract. */
export const secondText = (iso: string): string => formatTime(`${iso.slice(0, 19)}Z`);

/** `22 Nov 2026, 10:19 UTC`: to the minute, where the seconds would only distract. */
export const minuteText = (iso: string): string => formatTime(`${iso.slice(0, 16)}:00Z`, { seconds: 'auto' });

/** `12:03:12.408`: the time of day alone, for columns whose head names day and zone. */
export function formatClock(iso: string, zone = 'UTC'): string {
  return clockText(wallOf(Date.parse(iso), zone), iso, 'always');
}

/** `2026-11-21 12:02`: the form of time inputs and slider values, without its zone. */
export function formatInputTime(iso: string, zone = 'UTC'): string {
  const wall = wallOf(Date.parse(iso), zone);
  const date = [String(wall.year).padStart(4, '0'), wall.month, wall.day].map((n) =>
    String(n).padStart(2, '0'),
  );
  return `${date.join('-')} ${clockText(wall, iso, 'auto')}`;
}

/**
 * A half-open window: `21 Nov, 12:02 – 12:34`; `19 Nov, 00:00 – 24:00` where it ends with its day;
 * `20 Nov, 23:00 – 21 Nov, 01:00` over midnight. The year stands where it is not `now`'s.
 */
export function formatWindow(
  window: { from: string; to: string },
  { zone = 'UTC', now }: { zone?: string; now: number },
): string {
  const [from, to] = [wallOf(Date.parse(window.from), zone), wallOf(Date.parse(window.to), zone)];
  const withYear = from.year !== wallOf(now, zone).year || from.year !== to.year;
  const start = `${dayText(from, withYear)}, ${clockText(from, window.from, 'auto')}`;
  const lastDay = wallOf(Date.parse(window.to) - 1, zone);
  const endClock = clockText(to, window.to, 'auto');
  if (sameDay(from, to)) return `${start} – ${endClock}`;
  if (endClock === '00:00' && sameDay(from, lastDay)) return `${start} – 24:00`;
  return `${start} – ${dayText(to, withYear)}, ${endClock}`;
}

const sameDay = (a: Wall, b: Wall): boolean => a.year === b.year && a.month === b.month && a.day === b.day;

/** `just now`, `4 min ago`, `3 h ago`, `yesterday`, `15 Nov`, `15 Nov 2025`. Give the absolute time beside it. */
export function formatAgo(iso: string, now: number): string {
  const then = Date.parse(iso);
  const elapsedMs = now - then;
  if (elapsedMs < 45_000) return 'just now';
  if (elapsedMs < HOUR_MS) return `${Math.max(1, Math.round(elapsedMs / MINUTE_MS))} min ago`;
  const [day, today, before] = [wallOf(then, 'UTC'), wallOf(now, 'UTC'), wallOf(now - DAY_MS, 'UTC')];
  if (elapsedMs < 12 * HOUR_MS || sameDay(day, today)) return `${Math.floor(elapsedMs / HOUR_MS)} h ago`;
  if (sameDay(day, before)) return 'yesterday';
  return dayText(day, day.year !== today.year);
}

/** `0.2 s`, `1.8 s`, `42 s`, `3 min 5 s`, `21 h 45 min`, `2 d 3 h`: how long something took or lasts. */
export function formatDuration(elapsedMs: number): string {
  if (elapsedMs < 100) return `${Math.max(0, Math.round(elapsedMs))} ms`;
  if (elapsedMs < 9_950) return `${(elapsedMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(elapsedMs / 1000);
  const steps: readonly (readonly [number, string, number, string])[] = [
    [86_400, 'd', 3_600, 'h'],
    [3_600, 'h', 60, 'min'],
    [60, 'min', 1, 's'],
  ];
  for (const [size, unit, smaller, smallerUnit] of steps) {
    if (seconds < size) continue;
    const rest = Math.floor((seconds % size) / smaller);
    return `${Math.floor(seconds / size)} ${unit}${rest > 0 ? ` ${rest} ${smallerUnit}` : ''}`;
  }
  return `${seconds} s`;
}
