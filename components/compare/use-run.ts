'use client';

import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { ApiError, getJson, postJson } from '#components/query/api.ts';
import { withParams } from '#components/timeline/window-url.ts';
import { incidentKey, incidentPath, useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import { formatInstant, type Interval } from '#lib/base/instant';
import type { PatchView } from '#lib/patch/patch';
import type { RunView } from '#lib/replay/run';
import type { Clock } from '#lib/window/window';

const POLL_MS = 2_000;
const SLOW_POLL_MS = 5_000;

export const runPath = (id: string): string => `/api/v1/runs/${encodeURIComponent(id)}`;
export const runKey = (id: string): readonly string[] => ['run', id];

const live = (run: RunView | undefined): boolean => run?.state === 'queued' || run?.state === 'running';

/**
 * A run as it goes on: the server pushes its progress while it runs; where that connection fails, it is asked
 * every 2 s, and every 5 s in any case.
 */
export function useRun(id: string | null, known: RunView | null): UseQueryResult<RunView> {
  const client = useQueryClient();
  const [pushed, setPushed] = useState(true);
  const query = useQuery({
    queryKey: runKey(id ?? ''),
    queryFn: ({ signal }) => getJson<RunView>(runPath(id ?? ''), { signal }),
    enabled: id !== null,
    ...(known !== null && known.id === id ? { placeholderData: known } : {}),
    // a proxy may hold pushed progress back without a word: it is asked slowly all the same
    refetchInterval: ({ state }) => (live(state.data) ? (pushed ? SLOW_POLL_MS : POLL_MS) : false),
  });
  const running = live(query.data);
  useEffect(() => {
    if (id === null || !running) return;
    const source = new EventSource(`${runPath(id)}/events`);
    source.onopen = () => setPushed(true);
    source.onmessage = (event: MessageEvent<string>) => {
      client.setQueryData(runKey(id), JSON.parse(event.data) as RunView);
    };
    source.onerror = () => setPushed(false);
    return () => source.close();
  }, [id, running, client]);
  // What the run came to is in the incident too: its stage, its words.
  const ended = query.data !== undefined && !running;
  const reference = useIncident().reference;
  useEffect(() => {
    if (ended) client.invalidateQueries({ queryKey: incidentKey(reference) });
  }, [ended, client, reference]);
  return query;
}

/** Starts a preview of a window and opens it. The window becomes the plan's. */
export function useStartPreview(): UseMutationResult<RunView, Error, { window: Interval; clock: Clock }> {
  const { reference } = useIncident();
  const { search, leave } = useTimelineChoice();
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: ({ window, clock }) =>
      postJson<RunView>(`${incidentPath(reference)}/previews`, {
        window: { from: formatInstant(window.from), to: formatInstant(window.to), clock },
      }),
    onSuccess: (run) => {
      client.setQueryData(runKey(run.id), run);
      client.invalidateQueries({ queryKey: incidentKey(reference) });
      leave();
      router.push(`/incidents/${reference}/preview${withParams(search, { run: run.id })}`);
    },
  });
}

export function useCancelRun(): UseMutationResult<RunView | undefined, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id) => postJson<RunView | undefined>(`${runPath(id)}/cancel`),
    onSettled: (_run, _error, id) => client.invalidateQueries({ queryKey: runKey(id) }),
  });
}

/** Makes a sealed patch of a run and opens its review. */
export function useSendForReview(): UseMutationResult<PatchView, Error, string> {
  const { reference } = useIncident();
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (id) => postJson<PatchView>(`${runPath(id)}/patches`),
    onSuccess: (patch, id) => {
      client.invalidateQueries({ queryKey: runKey(id) });
      client.invalidateQueries({ queryKey: incidentKey(reference) });
      router.push(`/incidents/${reference}/review?patch=${encodeURIComponent(patch.id)}`);
    },
  });
}

/** An error in one line, for a notice beside a button. */
export const errorLine = (error: Error): string =>
  error instanceof ApiError ? [error.message, error.fix].filter(Boolean).join(' ') : error.message;
