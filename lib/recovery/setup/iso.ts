import { formatInstant, fromMillis } from '#lib/base/instant';

/** A record's time as every interface gives it: ISO 8601, six decimals, Z. */
export const isoOf = (date: Date): string => formatInstant(fromMillis(date.getTime()));

export const isoOrNull = (date: Date | null): string | null => (date === null ? null : isoOf(date));
