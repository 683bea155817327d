'use client';

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { getJson } from '#components/query/api.ts';
import { type Counts, countIn } from '#components/timeline/bins.ts';
import { alignToBins, binsToCount, MAX_BINS, type View, viewOf } from '#components/timeline/view.ts';
import { incidentPath } from '#components/workspace/use-incident.ts';
import { fromMillis, type Interval, shortInstant } from '#lib/base/instant';
import type { Timeline } from '#lib/window/timeline';
import type { Clock } from '#lib/window/window';

/** What of an archive is asked for. `edition` changes when the archive was read again. */
export type TimelineOf = {
  readonly reference: string;
  readonly edition: string | null;
  readonly clock: Clock;
};

const FRESH_MS = 5 * 60_000;

function timelinePath({ reference, clock }: TimelineOf, view: View | null, bins: number): string {
  const query = new URLSearchParams({ clock, bins: String(bins) });
  if (view !== null) {
    query.set('from', shortInstant(fromMillis(view.fromMs)));
    query.set('to', shortInstant(fromMillis(view.toMs)));
  }
  return `${incidentPath(reference)}/timeline?${query}`;
}

/** The bars of a view (null: the whole archive) as wide as there is room. The old ones stay until the new are there. */
export function useTimeline(of: TimelineOf, view: View | null, widthPx: number): UseQueryResult<Timeline> {
  const settled = useSettled(view, 60);
  const room = Math.ceil(widthPx / 120) * 120;
  const asked = settled === null ? { view: null, bins: 288 } : alignToBins(settled, room);
  return useQuery({
    queryKey: [
      'timeline',
      of.reference,
      of.edition,
      of.clock,
      asked.view?.fromMs,
      asked.view?.toMs,
      asked.bins,
    ],
    queryFn: ({ signal }) => getJson<Timeline>(timelinePath(of, asked.view, asked.bins), { signal }),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    enabled: of.edition !== null && widthPx > 0,
  });
}

/** What a stretch holds, by the finest bars that the server has; undefined while it is not known. */
export function useCounts(of: TimelineOf, stretch: Interval | null): Counts | undefined {
  const view = stretch === null ? null : viewOf(stretch);
  const bins = view === null ? MAX_BINS : binsToCount(view);
  const query = useQuery({
    queryKey: ['timeline', of.reference, of.edition, of.clock, view?.fromMs, view?.toMs, bins],
    queryFn: ({ signal }) => getJson<Timeline>(timelinePath(of, view, bins), { signal }),
    staleTime: FRESH_MS,
    enabled: of.edition !== null && view !== null,
  });
  return query.data === undefined || view === null
    ? undefined
    : countIn(query.data.bins, query.data.binMs, view);
}

/** A value once it has rested: what is dragged should not ask the server at every pixel. */
function useSettled<Value>(value: Value, afterMs: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return settled;
}
