'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback, useMemo } from 'react';
import { readTableUrl, type TableUrl, writeTableUrl } from '#components/compare/table-url.ts';
import { withParams } from '#components/timeline/window-url.ts';

export type ChangeTable = (change: Partial<TableUrl>, how?: 'push' | 'replace') => void;

/** The table's part of the address, and a way to change it. An open row is a step for Back, a filter is none. */
export function useTableUrl(): [TableUrl, ChangeTable] {
  const params = useSearchParams();
  const url = useMemo(() => readTableUrl(params), [params]);
  const change = useCallback<ChangeTable>((part, how = 'replace') => {
    const search = withParams(window.location.search, writeTableUrl(part));
    if (search === window.location.search) return;
    const address = `${window.location.pathname}${search}`;
    if (how === 'push') window.history.pushState(null, '', address);
    else window.history.replaceState(null, '', address);
  }, []);
  return [url, change];
}
