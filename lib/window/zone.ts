import { Temporal } from 'temporal-polyfill';
import type { Instant } from '#lib/base/instant';

/** A stretch with one offset: a local time is the instant plus `offset`, in microseconds. */
export type Segment = { readonly from: Instant; readonly to: Instant; readonly offset: bigint };

/** Zones are known from 1900 to 2100; earlier and later instants go by the nearest offset. */
const [FIRST, LAST] = [
  Temporal.Instant.from('1900-01-01T00:00Z'),
  Temporal.Instant.from('2100-01-01T00:00Z'),
];
const [BEGINNING, END] = [-(2n ** 63n), 2n ** 63n];
const known = new Map<string, readonly Segment[]>();

/**
 * The offsets of a time zone in order, without a gap between them. The one source of zone rules for buckets, in
 * TypeScript and in SQL, so that no two tables of the world's clocks can disagree.
 */
export function segmentsOf(zone: string): readonly Segment[] {
  const cached = known.get(zone);
  if (cached !== undefined) return cached;
  const segments: Segment[] = [];
  let now = FIRST.toZonedDateTimeISO(zone);
  let from = BEGINNING;
  for (;;) {
    const next = nextChange(now);
    const to = next === null ? END : micros(next.epochNanoseconds);
    segments.push({ from, to, offset: micros(BigInt(now.offsetNanoseconds)) });
    if (next === null) break;
    [now, from] = [next, to];
  }
  known.set(zone, segments);
  return segments;
}

/** The next instant at which the offset changes; a change of only the zone's abbreviation is none. */
function nextChange(now: Temporal.ZonedDateTime): Temporal.ZonedDateTime | null {
  let next = now.getTimeZoneTransition('next');
  while (next !== null && next.offsetNanoseconds === now.offsetNanoseconds)
    next = next.getTimeZoneTransition('next');
  return next === null || Temporal.Instant.compare(next.toInstant(), LAST) > 0 ? null : next;
}

const micros = (nanoseconds: bigint): bigint => nanoseconds / 1000n;

/** The segment that an instant lies in. */
export function segmentAt(segments: readonly Segment[], instant: Instant): Segment {
  let [low, high] = [0, segments.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.from ?? END) <= instant) low = middle;
    else high = middle - 1;
  }
  const found = segments[low];
  if (found === undefined) throw new RangeError('a zone has at least one segment');
  return found;
}

/** The local clock at an instant, as microseconds since 1970-01-01 00:00 of that clock. */
export const localOf = (zone: string, instant: Instant): bigint =>
  instant + segmentAt(segmentsOf(zone), instant).offset;
