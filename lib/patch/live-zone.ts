import type { PatchHeader } from '#lib/patch/patch';

/**
 * The zone in which a live time without an offset is read: of the bucket, which is the last key, that of the plan; of every
 * other column UTC, as the comparison reads it.
 */
export const keyZone = (
  { keys, liveTimezone }: Pick<PatchHeader, 'keys' | 'liveTimezone'>,
  key: number,
): string => (key === keys.length - 1 ? liveTimezone : 'UTC');
