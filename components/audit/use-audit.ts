'use client';

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type AuditView, auditQuery } from '#components/audit/audit-view.ts';
import { getJson } from '#components/query/api.ts';
import type { AuditPage, AuditStanding } from '#lib/report/audit-view';

const REFRESH_MS = 30_000;

/** The lines that the address asks for, the newest first, and more of them on demand. */
export const useAuditLines = (view: AuditView) =>
  useInfiniteQuery({
    queryKey: ['audit', 'lines', view],
    queryFn: ({ pageParam, signal }) =>
      getJson<AuditPage>(
        `/api/v1/audit${auditQuery(view, pageParam === null ? {} : { before: String(pageParam) })}`,
        { signal },
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

/** How it stands with the chain, and what can be filtered by. */
export const useAuditStanding = () =>
  useQuery({
    queryKey: ['audit', 'standing'],
    queryFn: ({ signal }) => getJson<AuditStanding>('/api/v1/audit/standing', { signal }),
    refetchInterval: REFRESH_MS,
  });
