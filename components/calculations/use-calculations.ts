'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, postJson } from '#components/query/api.ts';
import type { CalculationList, CalculationView } from '#lib/calculation/edition';
import type { IncidentList, IncidentView } from '#lib/incident/incident';

const POLL_MS = 1_000;
export const calculationPath = (id: string): string => `/api/v1/calculations/${encodeURIComponent(id)}`;
const keyOf = (id: string): readonly string[] => ['calculations', 'one', id];

/** Every calculation of the library. */
export const useCalculations = () =>
  useQuery({
    queryKey: ['calculations', 'list'],
    queryFn: ({ signal }) => getJson<CalculationList>('/api/v1/calculations', { signal }),
  });

const isTested = (view: CalculationView): boolean =>
  view.editions.some(({ tests }) => tests.some(({ state }) => state === 'queued' || state === 'running'));

/** One calculation; asked again by itself while a test run of it is under way. */
export const useCalculation = (id: string) =>
  useQuery({
    queryKey: keyOf(id),
    queryFn: ({ signal }) => getJson<CalculationView>(calculationPath(id), { signal }),
    refetchInterval: ({ state }) => (state.data !== undefined && isTested(state.data) ? POLL_MS : false),
  });

type Change = {
  readonly path: string;
  readonly body?: object;
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
};

/** Changes a calculation; what the server makes of it is shown at once. */
export function useChange(id: string, onDone?: (view: CalculationView) => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ path, body = {}, method = 'POST' }: Change) =>
      postJson<CalculationView>(`${calculationPath(id)}${path}`, body, { method }),
    onSuccess: (view) => {
      cache.setQueryData(keyOf(id), view);
      void cache.invalidateQueries({ queryKey: ['calculations', 'list'] });
      onDone?.(view);
    },
  });
}

/** The incidents that a test run could be held on. */
export const useIncidentChoice = () =>
  useQuery({
    queryKey: ['incidents', 'list', 'for a test run'],
    queryFn: ({ signal }) => getJson<IncidentList>('/api/v1/incidents?state=all&sort=-updated', { signal }),
  });

/** The healthy stretch that an incident names itself. */
export const useControlOf = (incident: string | null) =>
  useQuery({
    queryKey: ['calculations', 'stretch', incident],
    queryFn: async ({ signal }) =>
      (await getJson<IncidentView>(`/api/v1/incidents/${incident}`, { signal })).plan.control ?? null,
    enabled: incident !== null,
  });
