'use client';

import { useQuery } from '@tanstack/react-query';
import type { Interval } from '#lib/base/instant';
import type { DraftPlan } from '#lib/incident/incident';
import { parseBucketSize } from '#lib/window/window';

/** The buckets that a window touches: how many, and the stretch that they fill. */
export type Buckets = Interval & { readonly count: number };

type BucketPlan = NonNullable<DraftPlan['live']>['bucket'];

/** Null for a plan without buckets, and until they are worked out. The rules of zones are loaded when first needed. */
export function useBuckets(window: Interval | null, bucket: BucketPlan): Buckets | null {
  const size = parseBucketSize(bucket?.size ?? '');
  const zone = bucket?.timezone ?? 'UTC';
  const query = useQuery({
    queryKey: ['buckets', bucket?.size, zone, String(window?.from), String(window?.to)],
    queryFn: async (): Promise<Buckets | null> => {
      if (window === null || size === null) return null;
      const { bucketsOverlapping } = await import('#lib/window/bucket');
      const buckets = bucketsOverlapping(window, size, zone, false);
      const [first, last] = [buckets.at(0), buckets.at(-1)];
      return first && last ? { from: first.from, to: last.to, count: buckets.length } : null;
    },
    enabled: window !== null && size !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return query.data ?? null;
}
