import { Temporal } from 'temporal-polyfill';
import { type Instant, type Interval, MICROS } from '#lib/base/instant';
import type { Bucket } from '#lib/plan/plan';

/**
 * The bucket of an instant, by the local clock of its zone, worked out from the clock's face: an own way, not the
 * one that is tested. For sizes that a change of the clock repeats as a whole or not at all (up to 1h; 1d, 1w, 1mo).
 */
export function oracleBucket(instant: Instant, { size, timezone }: Bucket, zoned: boolean): Interval {
  const whole = instant - (((instant % 1000n) + 1000n) % 1000n);
  const local = Temporal.Instant.fromEpochMilliseconds(Number(whole / 1000n)).toZonedDateTimeISO(timezone);
  const midnight = { hour: 0, minute: 0, second: 0, millisecond: 0, microsecond: 0, nanosecond: 0 };
  const day = local.toPlainDateTime().with(midnight);
  if (size.unit === 'd') return stretch(day, day.add({ days: 1 }), timezone);
  if (size.unit === 'w') {
    const monday = day.subtract({ days: local.dayOfWeek - 1 });
    return stretch(monday, monday.add({ weeks: 1 }), timezone);
  }
  if (size.unit === 'mo') {
    const first = day.with({ day: 1 });
    return stretch(first, first.add({ months: 1 }), timezone);
  }
  const minutes = size.unit === 'h' ? size.count * 60 : size.count;
  const sinceMidnight = local.hour * 60 + local.minute;
  const from = day.add({ minutes: sinceMidnight - (sinceMidnight % minutes) });
  if (!zoned) return stretch(from, from.add({ minutes }), timezone);
  const start = instantOf(from.toZonedDateTime('UTC')) - BigInt(local.offsetNanoseconds) / 1000n;
  return { from: start, to: start + BigInt(minutes) * MICROS.minute };
}

function stretch(from: Temporal.PlainDateTime, to: Temporal.PlainDateTime, timezone: string): Interval {
  return {
    from: instantOf(from.toZonedDateTime(timezone, { disambiguation: 'compatible' })),
    // of a slot that the clock shows twice, the end of the second
    to:
      instantOf(to.subtract({ milliseconds: 1 }).toZonedDateTime(timezone, { disambiguation: 'later' })) +
      1000n,
  };
}

const instantOf = (time: Temporal.ZonedDateTime): Instant => BigInt(time.epochMilliseconds) * 1000n;
