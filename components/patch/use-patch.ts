'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { useEffect } from 'react';
import { isOpen, isUnderWay, isWritten } from '#components/patch/words.ts';
import { getJson } from '#components/query/api.ts';
import { incidentKey, useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';

const POLL_MS = 1_500;
/** Others approve a patch that waits; one that stands may be found wrong or undone, while one looks at it. */
const WATCH_MS = 20_000;

export const patchKey = (id: string | null): readonly unknown[] => ['patches', id];
export const patchPath = (id: string): string => `/api/v1/patches/${encodeURIComponent(id)}`;

/** The patch that the address names, else the incident's latest. */
export function usePatchId(): string | null {
  const { incident } = useIncident();
  return useSearchParams().get('patch') ?? incident.patch?.id ?? null;
}

/** The patch, followed while the server writes it: by events, and by asking where events don't come through. */
export function usePatch(id: string | null) {
  const { reference } = useIncident();
  const cache = useQueryClient();
  const query = useQuery({
    queryKey: patchKey(id),
    queryFn: ({ signal }) => getJson<PatchView>(patchPath(id ?? ''), { signal }),
    enabled: id !== null,
    refetchInterval: ({ state: { data } }) => {
      // an unknown outcome is settled in the background, too
      if (isUnderWay(data) || data?.state === 'unknown') return POLL_MS;
      return data !== undefined && (isWritten(data.state) || isOpen(data.state)) ? WATCH_MS : false;
    },
  });
  const state = query.data?.state;
  const alarm = query.data?.alarm?.at;
  const moving = isUnderWay(query.data);

  useEffect(() => {
    if (id === null || !moving) return;
    const events = new EventSource(`${patchPath(id)}/events`);
    events.addEventListener('message', (event: MessageEvent<string>) => {
      const view: unknown = JSON.parse(event.data);
      if (isPatch(view, id)) cache.setQueryData(patchKey(id), view);
    });
    return () => events.close();
  }, [id, moving, cache]);

  // The header above says where the incident stands: it is asked again whenever the patch has moved on.
  // biome-ignore lint/correctness/useExhaustiveDependencies: an alarm moves it on, too
  useEffect(() => {
    if (state !== undefined) void cache.invalidateQueries({ queryKey: incidentKey(reference) });
  }, [state, alarm, reference, cache]);
  return query;
}

const isPatch = (value: unknown, id: string): value is PatchView =>
  typeof value === 'object' && value !== null && 'id' in value && value.id === id;
