import { formatCount } from '#components/ui/format.ts';
import { parseBucketSize } from '#lib/window/window';

const UNIT = {
  m: ['minute', 'minutes'],
  h: ['hour', 'hours'],
  d: ['day', 'days'],
  w: ['week', 'weeks'],
  mo: ['month', 'months'],
} as const;

/** What a bucket is called: `hour`, `15 minutes`; `bucket` for what is no size. */
export function bucketName(size: string | undefined): { one: string; many: string } {
  const parsed = parseBucketSize(size ?? '');
  if (parsed === null) return { one: 'bucket', many: 'buckets' };
  const [one, many] = UNIT[parsed.unit];
  if (parsed.count === 1) return { one, many };
  const length = `${parsed.count} ${many}`;
  return { one: `bucket of ${length}`, many: `buckets of ${length}` };
}

/** `the hour`, `3 hours`. */
export function bucketCount(count: number, size: string | undefined): string {
  const name = bucketName(size);
  return count === 1 ? `the ${name.one}` : `${formatCount(count)} ${name.many}`;
}
