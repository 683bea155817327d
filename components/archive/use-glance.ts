'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getJson } from '#components/query/api.ts';
import type { ArchiveGlance } from '#lib/archive/survey';

/** What the first files of an archive look like. `files` counts what has arrived: more files, another look. */
export function useGlance(archiveId: string | null, files: number, format: string, ready: boolean) {
  return useQuery({
    queryKey: ['archives', archiveId, 'glance', files, format],
    queryFn: ({ signal }) =>
      getJson<ArchiveGlance>(`/api/v1/archives/${archiveId}/glance?format=${format}`, { signal }),
    enabled: archiveId !== null && ready,
    placeholderData: (old, query) => (query?.queryKey[1] === archiveId ? keepPreviousData(old) : undefined),
    staleTime: 60_000,
  });
}
