'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { getJson } from '#components/query/api.ts';
import { Bug } from '#lib/base/failure';
import type { IncidentView } from '#lib/incident/incident';

const POLL_MS = 2_000;

/** The key of an incident in the cache: what changes it sets or invalidates it. `reference` is as in the address. */
export const incidentKey = (reference: string): readonly string[] => ['incident', reference];

/** The address of an incident in the API. */
export const incidentPath = (reference: string): string =>
  `/api/v1/incidents/${encodeURIComponent(reference)}`;

const moving = (state: string | undefined): boolean => state === 'queued' || state === 'running';

/** The incident as the server has it; asked again while its archive is read or a preview runs. */
export function useIncidentQuery(reference: string): UseQueryResult<IncidentView> {
  return useQuery({
    queryKey: incidentKey(reference),
    queryFn: ({ signal }) => getJson<IncidentView>(incidentPath(reference), { signal }),
    refetchInterval: ({ state }) =>
      moving(state.data?.survey?.state) || moving(state.data?.latestRun?.state) ? POLL_MS : false,
  });
}

export type Opened = { readonly incident: IncidentView; readonly reference: string };

export const IncidentContext = createContext<Opened | null>(null);

/** The incident whose workspace this is. Every stage is inside one. */
export function useIncident(): Opened {
  const opened = useContext(IncidentContext);
  if (opened === null) throw new Bug('useIncident() needs a workspace around it');
  return opened;
}
