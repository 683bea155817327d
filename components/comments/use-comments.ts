'use client';

import { type UseMutationResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Named } from '#components/comments/mentions.ts';
import { getJson, postJson } from '#components/query/api.ts';
import { cellKey, isOpenThread, type Threads, type ThreadView } from '#lib/compare/comment';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';

const PATH = '/api/v1/comments';
/** Others write, too. */
const POLL_MS = 30_000;
const commentsKey = (runId: string): readonly string[] => ['comments', runId];

/** What was said about a preview, and about the rows of its incident. */
export function useThreads(runId: string) {
  return useQuery({
    queryKey: commentsKey(runId),
    queryFn: ({ signal }) => getJson<Threads>(`${PATH}?${new URLSearchParams({ run: runId })}`, { signal }),
    refetchInterval: POLL_MS,
  });
}

/** How many threads are open on a row. */
export function useOpenThreads(runId: string): (row: DiscrepancyRow) => number {
  const threads = useThreads(runId).data?.threads;
  return useMemo(() => {
    const open = new Map<string, number>();
    for (const thread of threads ?? []) {
      const { row } = thread;
      if (row === null || !isOpenThread(thread)) continue;
      const key = cellKey(row);
      open.set(key, (open.get(key) ?? 0) + 1);
    }
    return (row) => (open.size === 0 ? 0 : (open.get(cellKey(row)) ?? 0));
  }, [threads]);
}

/** Whom one can ask for. */
export function usePeople(): readonly Named[] {
  const query = useQuery({
    queryKey: ['people', 'names'],
    queryFn: ({ signal }) => getJson<{ people: Named[] }>('/api/v1/people/names', { signal }),
    staleTime: POLL_MS,
  });
  return query.data?.people ?? NOBODY;
}
const NOBODY: readonly Named[] = [];

export type NewComment = { readonly body: string; readonly mentions: readonly string[] };
/** Where a comment is to stand: on a preview, on a row of it, or in a thread. */
export type CommentPlace = { readonly run: string; readonly row?: number } | { readonly answers: string };

export const useAddComment = (runId: string, place: CommentPlace) =>
  useCommentChange(runId, (comment: NewComment) => postJson<ThreadView>(PATH, { ...place, ...comment }));

export const useChangeComment = (runId: string, id: string) =>
  useCommentChange(runId, (comment: NewComment) =>
    postJson<ThreadView>(`${PATH}/${id}`, comment, { method: 'PATCH' }),
  );

export const useResolve = (runId: string, id: string) =>
  useCommentChange(runId, (resolved: boolean) => postJson<ThreadView>(`${PATH}/${id}/resolve`, { resolved }));

export const useDeleteComment = (runId: string, id: string) =>
  useCommentChange(runId, () => postJson<ThreadView>(`${PATH}/${id}`, {}, { method: 'DELETE' }));

/** Puts the thread that the server answers among the others of the page; other previews are asked again. */
function useCommentChange<Input>(
  runId: string,
  mutationFn: (input: Input) => Promise<ThreadView>,
): UseMutationResult<ThreadView, Error, Input> {
  const cache = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: (thread) => {
      cache.setQueryData<Threads>(
        commentsKey(runId),
        (known) => known && { ...known, threads: put(known.threads, thread) },
      );
      return cache.invalidateQueries({ queryKey: ['comments'] });
    },
  });
}

function put(threads: readonly ThreadView[], thread: ThreadView): readonly ThreadView[] {
  const at = threads.findIndex(({ first }) => first.id === thread.first.id);
  return at < 0 ? [...threads, thread] : threads.with(at, thread);
}

/** Whether a thread is about this row. */
export const isAbout = (thread: ThreadView, row: Pick<DiscrepancyRow, 'keys' | 'bucket'>): boolean =>
  thread.row !== null && cellKey(thread.row) === cellKey(row);
