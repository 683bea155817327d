import type { Instant, Interval } from '#lib/base/instant';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Widths that bars of a timeline may have, in milliseconds: what people count time in. */
export const BIN_WIDTHS_MS = [
  ...[1, 5, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 15, 30].map((n) => n * MINUTE),
  ...[1, 3, 6, 12, 24, 24 * 7].map((n) => n * HOUR),
] as const;

const MONDAY_MICROS = 4n * 86_400_000_000n;
const WEEK_MS = 24 * 7 * HOUR;

/**
 * The narrowest bars that show an interval in at most `most` of them, by UTC (weeks from Monday). Longer intervals
 * get bars of several weeks. `from` and `to` are the first bar's start and the last one's end.
 */
export function suggestBins(
  interval: Interval,
  most: number,
): { readonly widthMs: number; readonly from: Instant; readonly to: Instant; readonly count: number } {
  if (most < 2) throw new RangeError('a timeline has at least two bars');
  for (let i = 0; ; i += 1) {
    const widthMs = BIN_WIDTHS_MS[i] ?? WEEK_MS * 2 ** (i - BIN_WIDTHS_MS.length + 1);
    const step = BigInt(widthMs) * 1000n;
    const from = floorTo(interval.from, widthMs);
    const last = floorTo(interval.to > interval.from ? interval.to - 1n : interval.from, widthMs);
    const count = Number((last - from) / step) + 1;
    if (count <= most) return { widthMs, from, to: last + step, count };
  }
}

/** The start of the bar of a width that an instant lies in, by UTC. */
export function floorTo(instant: Instant, widthMs: number): Instant {
  const step = BigInt(widthMs) * 1000n;
  const origin = widthMs % WEEK_MS === 0 ? MONDAY_MICROS : 0n;
  const past = (instant - origin) % step;
  return instant - (past < 0n ? past + step : past);
}

/** The nearest multiple of a step, by UTC; halfway goes to the later one. */
export function snap(instant: Instant, stepMs: number): Instant {
  const step = BigInt(stepMs) * 1000n;
  const before = floorTo(instant, stepMs);
  return (instant - before) * 2n >= step ? before + step : before;
}
