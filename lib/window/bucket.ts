import { earlierOf, type Instant, type Interval, laterOf, MICROS } from '#lib/base/instant';
import type { BucketSize } from '#lib/window/window';
import { type Segment, segmentAt, segmentsOf } from '#lib/window/zone';

/** A stretch of the local clock, half-open, in local microseconds: what a bucket's label stands for. */
export type Slot = { readonly from: bigint; readonly to: bigint };

const WEEK = 7n * MICROS.day;
/** 1970-01-01 was a Thursday: Mondays lie three days before whole weeks of the epoch. */
const TO_MONDAY = 3n * MICROS.day;

const floorTo = (value: bigint, step: bigint): bigint => value - (((value % step) + step) % step);

/** Length of a size that is always the same by the local clock; null for a month. */
export function sizeMicros({ count, unit }: BucketSize): bigint | null {
  if (unit === 'm') return BigInt(count) * MICROS.minute;
  if (unit === 'h') return BigInt(count) * MICROS.hour;
  if (unit === 'd') return MICROS.day;
  return unit === 'w' ? WEEK : null;
}

/** The slot of the local clock that a local time lies in: cut from local midnight, weeks from Monday. */
export function slotOf(local: bigint, size: BucketSize): Slot {
  const length = sizeMicros(size);
  if (length === null) return monthOf(local);
  const from = size.unit === 'w' ? floorTo(local + TO_MONDAY, WEEK) - TO_MONDAY : floorTo(local, length);
  return { from, to: from + length };
}

function monthOf(local: bigint): Slot {
  const day = new Date(Number(floorTo(local, MICROS.day) / 1000n));
  const first = (months: number): bigint => {
    const date = new Date(0);
    date.setUTCFullYear(day.getUTCFullYear(), day.getUTCMonth() + months, 1);
    return BigInt(date.getTime()) * 1000n;
  };
  return { from: first(0), to: first(1) };
}

/** The instants at which the local clock is in a slot: none in a gap, two stretches where it is put back. */
export function stretchesOf(slot: Slot, segments: readonly Segment[]): readonly Interval[] {
  const near = { from: slot.from - 2n * MICROS.day, to: slot.to + 2n * MICROS.day };
  const stretches: Interval[] = [];
  for (const segment of segments) {
    if (segment.to <= near.from) continue;
    if (segment.from >= near.to) break;
    const from = laterOf(segment.from, slot.from - segment.offset);
    const to = earlierOf(segment.to, slot.to - segment.offset);
    if (from < to) stretches.push({ from, to });
  }
  return stretches;
}

/**
 * The bucket of an instant, by the local clock of a zone. `from` is the first instant of the bucket. A slot that
 * the clock shows twice as a whole is two buckets where the live column has a zone (`zoned`), else one, from its
 * first instant to the end of its second showing. A slot that is longer than what is repeated, such as the day of
 * 25 hours, is always one.
 */
export function bucketOf(instant: Instant, size: BucketSize, zone: string, zoned: boolean): Interval {
  const segments = segmentsOf(zone);
  const slot = slotOf(instant + segmentAt(segments, instant).offset, size);
  const stretches = stretchesOf(slot, segments);
  if (zoned && isRepeated(slot, stretches)) {
    const own = stretches.find((s) => s.from <= instant && instant < s.to);
    if (own !== undefined) return own;
  }
  const [first, last] = [stretches.at(0), stretches.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('an instant lies in its own slot');
  return { from: first.from, to: last.to };
}

const isRepeated = (slot: Slot, stretches: readonly Interval[]): boolean =>
  stretches.length === 2 && stretches.every((s) => s.to - s.from === slot.to - slot.from);

/** The first instant of the bucket that an instant lies in. */
export const bucketStart = (instant: Instant, size: BucketSize, zone: string, zoned: boolean): Instant =>
  bucketOf(instant, size, zone, zoned).from;

/** The end (exclusive) of the bucket that begins at an instant. */
export const bucketEnd = (start: Instant, size: BucketSize, zone: string, zoned: boolean): Instant =>
  bucketOf(start, size, zone, zoned).to;

/** Every bucket that has an instant in the interval, each once, by its start. */
export function bucketsOverlapping(
  interval: Interval,
  size: BucketSize,
  zone: string,
  zoned: boolean,
): readonly Interval[] {
  const segments = segmentsOf(zone);
  const found = new Map<Instant, Interval>();
  let now = interval.from;
  while (now < interval.to) {
    const bucket = bucketOf(now, size, zone, zoned);
    found.set(bucket.from, bucket);
    const segment = segmentAt(segments, now);
    const slotEnd = slotOf(now + segment.offset, size).to - segment.offset;
    now = earlierOf(slotEnd, segment.to);
  }
  return [...found.values()].sort((a, b) => (a.from < b.from ? -1 : 1));
}
