'use client';

import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { searchOf } from '#components/compare/table-url.ts';
import { runPath } from '#components/compare/use-run.ts';
import { getJson } from '#components/query/api.ts';
import type {
  CellEvidence,
  DeltaHistogram,
  DiscrepancyPage,
  DiscrepancyQuery,
  DiscrepancyRow,
} from '#lib/compare/discrepancy';

export const PAGE_ROWS = 100;

/** A run does not change once it is done: what was read of it stays good. */
const FOR_EVER = Number.POSITIVE_INFINITY;

function pageOptions(runId: string, query: DiscrepancyQuery, page: number) {
  const search = searchOf({ ...query, offset: page * PAGE_ROWS, limit: PAGE_ROWS });
  return {
    queryKey: ['discrepancies', runId, search],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      getJson<DiscrepancyPage>(`${runPath(runId)}/discrepancies?${search}`, { signal }),
    staleTime: FOR_EVER,
  };
}

export type Discrepancies = {
  /** The first page: columns, counts and total. Of the filter before, while the new one is read. */
  readonly first: DiscrepancyPage | undefined;
  readonly error: Error | null;
  readonly refetch: () => void;
  /** True while what is shown is still of the filter before. */
  readonly behind: boolean;
  readonly rowAt: (index: number) => DiscrepancyRow | undefined;
};

/** The rows of a filter, read by the hundred where they are looked at: `from` to `to` are indices, both included. */
export function useDiscrepancies(
  runId: string,
  query: DiscrepancyQuery,
  seen: { readonly from: number; readonly to: number },
): Discrepancies {
  const first = useQuery({ ...pageOptions(runId, query, 0), placeholderData: keepPreviousData });
  const behind = first.isPlaceholderData;
  const lastPage = Math.max(0, Math.ceil((first.data?.total ?? 0) / PAGE_ROWS) - 1);
  const pages: number[] = [];
  for (
    let page = Math.floor(seen.from / PAGE_ROWS);
    page <= Math.min(lastPage, Math.floor(seen.to / PAGE_ROWS));
    page++
  ) {
    if (page > 0 && !behind) pages.push(page);
  }
  const others = useQueries({ queries: pages.map((page) => pageOptions(runId, query, page)) });
  const rowAt = (index: number): DiscrepancyRow | undefined => {
    const page = Math.floor(index / PAGE_ROWS);
    const data = page === 0 ? first.data : others[pages.indexOf(page)]?.data;
    return data?.rows[index % PAGE_ROWS];
  };
  const failed = first.error ?? others.find((each) => each.error !== null)?.error ?? null;
  const refetch = () => {
    for (const each of [first, ...others]) if (each.isError) each.refetch();
  };
  return { first: first.data, error: failed, refetch, behind, rowAt };
}

export function useHistogram(runId: string, measure: string | undefined) {
  return useQuery({
    queryKey: ['histogram', runId, measure],
    queryFn: ({ signal }) =>
      getJson<DeltaHistogram>(
        `${runPath(runId)}/histogram?${new URLSearchParams({ measure: measure ?? '' })}`,
        {
          signal,
        },
      ),
    staleTime: FOR_EVER,
    enabled: measure !== undefined,
  });
}

/** Everything behind one row. */
export function useEvidence(runId: string, row: number) {
  return useQuery({
    queryKey: ['evidence', runId, row],
    queryFn: ({ signal }) => getJson<CellEvidence>(`${runPath(runId)}/cells/${row}`, { signal }),
    staleTime: FOR_EVER,
  });
}
