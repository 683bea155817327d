import type { Interval } from '#lib/base/instant';

/** The clock in which the failure is told: when an event happened, or when the bus got it. */
export type Clock = 'time' | 'ingested';

/** The error window: half-open, in UTC. It says which cells are suspect, not which events are summed. */
export type Window = Interval & { readonly clock: Clock };

export const BUCKET_UNITS = ['m', 'h', 'd', 'w', 'mo'] as const;
export type BucketUnit = (typeof BUCKET_UNITS)[number];

/** A bucket's length. Minutes and hours divide a day; days, weeks (from Monday) and months come singly. */
export type BucketSize = { readonly count: number; readonly unit: BucketUnit };

/** `15m`, `1h`, `1d`, `1w`, `1mo`; null for anything that does not cut a day evenly. */
export function parseBucketSize(text: string): BucketSize | null {
  const m = /^([1-9]\d*)(m|h|d|w|mo)$/.exec(text);
  if (m === null) return null;
  const [count, unit] = [Number(m[1]), m[2] as BucketUnit];
  if (unit === 'm') return 1440 % count === 0 ? { count, unit } : null;
  if (unit === 'h') return 24 % count === 0 ? { count, unit } : null;
  return count === 1 ? { count, unit } : null;
}
