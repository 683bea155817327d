import type { Counts } from '#components/timeline/bins.ts';
import { countOf, formatCount } from '#components/ui/format.ts';
import { formatInputTime, formatWindow } from '#components/ui/time.ts';
import { formatInstant, type Interval, MICROS } from '#lib/base/instant';

const UNITS = [
  [MICROS.day, 'day', 'days', 'd'],
  [MICROS.hour, 'hour', 'hours', 'h'],
  [MICROS.minute, 'minute', 'minutes', 'min'],
  [MICROS.second, 'second', 'seconds', 's'],
] as const;

function parts(micros: bigint): readonly (readonly [bigint, (typeof UNITS)[number]])[] {
  let rest = micros;
  return UNITS.flatMap((unit) => {
    const count = rest / unit[0];
    rest %= unit[0];
    return count > 0n ? [[count, unit] as const] : [];
  });
}

/** `32 min`, `1 h 30 min`: the length of a window on its band. */
export function lengthShort(window: Interval): string {
  const shown = parts(window.to - window.from).map(([count, unit]) => `${count} ${unit[3]}`);
  return shown.length === 0 ? 'under 1 s' : shown.join(' ');
}

/** `32 minutes`, `1 hour 30 minutes`: the length of a window as it is read aloud. */
export function lengthWords(window: Interval): string {
  const shown = parts(window.to - window.from).map(([count, unit]) => countOf(count, unit[1], unit[2]));
  return shown.length === 0 ? 'less than a second' : shown.join(' ');
}

/** The window as `formatWindow` writes it, the year only where it is not this one's. */
export function windowText(window: Interval, zone: string, now: number): string {
  return formatWindow({ from: formatInstant(window.from), to: formatInstant(window.to) }, { zone, now });
}

/** `12:02 to 12:34, 32 minutes, 23,076 events`: said after each change. */
export function selectionWords(window: Interval, zone: string, now: number, counts: Counts | null): string {
  const times = windowText(window, zone, now).replace(' – ', ' to ');
  const events =
    counts === null ? '' : `, ${counts.exact ? '' : 'about '}${countOf(counts.events, 'event', 'events')}`;
  return `${times}, ${lengthWords(window)}${events}`;
}

/** A count as the legend shows it. */
export const shownCount = (count: number, exact: boolean): string =>
  `${exact ? '' : '≈ '}${formatCount(count)}`;

/** `12:02 – 12:34`, with days only where the window leaves one. For places that are short of room. */
export function clockRange(window: Interval, zone: string): string {
  const [from, to] = [window.from, window.to].map((t) => formatInputTime(formatInstant(t), zone));
  if (from === undefined || to === undefined) return '';
  const [fromDay, toDay] = [from.slice(0, 10), to.slice(0, 10)];
  return fromDay === toDay ? `${from.slice(11)} – ${to.slice(11)}` : `${from.slice(5)} – ${to.slice(5)}`;
}
