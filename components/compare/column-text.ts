import { formatTyped } from '#components/timeline/zone.ts';
import { parseInstant } from '#lib/base/instant';

/** A bucket as it is read: an instant in the zone that is shown, else as the live column has it. */
export function bucketText(bucket: string, zone: string): string {
  const instant = parseInstant(bucket);
  return instant === null ? bucket : formatTyped(instant, zone);
}

/** A sentence with its instants in the zone that is shown. */
export const inZone = (words: string, zone: string): string =>
  words.replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, (instant) => `${bucketText(instant, zone)} ${zone}`);

/**
 * How much of the widest difference a value is, from 0 to 1. For the length of a bar only: here, and nowhere else,
 * a value becomes a float.
 */
export function shareOf(value: string, widest: number): number {
  const size = Math.abs(Number(value));
  return Number.isFinite(size) && widest > 0 ? Math.min(1, size / widest) : 0;
}

/** The widest difference of a histogram, as a float for shareOf. */
export function widestOf(bins: readonly { readonly from: string; readonly to: string }[]): number {
  const [first, last] = [bins.at(0), bins.at(-1)];
  return Math.max(Math.abs(Number(first?.from ?? 0)), Math.abs(Number(last?.to ?? 0)));
}
