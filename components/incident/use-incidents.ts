'use client';

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { getJson } from '#components/query/api.ts';
import type { IncidentList } from '#lib/incident/incident';
import { DEFAULT_LIST_VIEW, type ListView, listViewQuery } from '#lib/incident/list-view';

/** Jobs move incidents on while one looks at them. */
const REFRESH_MS = 5_000;

const incidentsQuery = (view: ListView) => ({
  queryKey: ['incidents', view] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    getJson<IncidentList>(`/api/v1/incidents${listViewQuery(view)}`, { signal }),
});

/** The list as the address asks for it. The last answer stays while the next is on its way. */
export function useIncidents(view: ListView): UseQueryResult<IncidentList> {
  return useQuery({
    ...incidentsQuery(view),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

/** How many incidents there are by state; undefined until it is known. */
export function useIncidentCounts(): IncidentList['counts'] | undefined {
  return useQuery({ ...incidentsQuery(DEFAULT_LIST_VIEW), refetchInterval: 4 * REFRESH_MS }).data?.counts;
}
