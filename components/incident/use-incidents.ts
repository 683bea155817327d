'use client';

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { getJson } from '#components/query/api.ts';
import type { IncidentList } from '#lib/incident/incident';
import { DEFAULT_LIST_VIEW, type ListView, listViewQuery } from '#lib/incident/list-view';

/** Jobs move incidents on while one looks at them. */
const REFRESH_MS = 5_000;

const readIncidents =
  (view: ListView) =>
  ({ signal }: { signal: AbortSignal }) =>
    getJson<IncidentList>(`/api/v1/incidents${listViewQuery(view)}`, { signal });

/** The list as the address asks for it. The last answer stays while the next is on its way. */
export function useIncidents(view: ListView): UseQueryResult<IncidentList> {
  return useQuery({
    queryKey: ['incidents', 'list', view],
    queryFn: readIncidents(view),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

/**
 * How many incidents there are by state; undefined until it is known. A key of its own: were it the list's, the
 * navigation could fill the cache before the list is hydrated, which then would not match what the server drew.
 */
export function useIncidentCounts(): IncidentList['counts'] | undefined {
  return useQuery({
    queryKey: ['incidents', 'counts'],
    queryFn: readIncidents(DEFAULT_LIST_VIEW),
    select: (list) => list.counts,
    refetchInterval: 4 * REFRESH_MS,
  }).data;
}
