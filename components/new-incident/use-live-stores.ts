'use client';

import { useQuery } from '@tanstack/react-query';
import { useDraft } from '#components/new-incident/draft-context';
import { getJson } from '#components/query/api.ts';
import type { LiveTable } from '#lib/patch/live-store';

/** A saved connection. Its password never leaves the server. */
export type LiveStoreRow = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'postgres' | 'file';
  /** `db.example.org:5432/ledger as recount_app`, or a path. */
  readonly location: string;
  /** `lost`: it was sealed with another key than the one that is there. */
  readonly password: 'none' | 'kept' | 'lost';
};

export type LiveTableRow = {
  readonly name: string;
  readonly rows: number | null;
  readonly kind: string;
  readonly writable: boolean;
};

export const LIVE_STORES_KEY = ['live-stores'] as const;

export function useLiveStores() {
  return useQuery({
    queryKey: LIVE_STORES_KEY,
    queryFn: async ({ signal }) =>
      (await getJson<{ liveStores: LiveStoreRow[] }>('/api/v1/live-stores', { signal })).liveStores,
  });
}

export function useTables(storeId: string | null) {
  return useQuery({
    queryKey: [...LIVE_STORES_KEY, storeId, 'tables'],
    queryFn: ({ signal }) =>
      getJson<{ tables: LiveTableRow[] }>(`/api/v1/live-stores/${storeId}/tables`, {
        signal,
      }),
    enabled: storeId !== null,
    staleTime: 30_000,
  });
}

export function useLiveTable(storeId: string | null, table: string | null) {
  return useQuery({
    queryKey: [...LIVE_STORES_KEY, storeId, 'tables', table],
    queryFn: ({ signal }) =>
      getJson<LiveTable>(`/api/v1/live-stores/${storeId}/tables/${encodeURIComponent(table ?? '')}`, {
        signal,
      }),
    enabled: storeId !== null && table !== null,
    staleTime: 30_000,
  });
}

/** The columns of the table that the draft names; null until they are known. A file is its only table. */
export function useTableOfDraft(): LiveTable | null {
  const { draft } = useDraft();
  const tables = useTables(draft.liveStoreId);
  const [first, ...others] = tables.data?.tables ?? [];
  const named = draft.plan.live?.table ?? null;
  const name = named ?? (first !== undefined && others.length === 0 ? first.name : null);
  return useLiveTable(draft.liveStoreId, name).data ?? null;
}
