'use client';

import { useQuery } from '@tanstack/react-query';
import { getJson } from '#components/query/api.ts';
import type { OverridesView } from '#lib/patch/review';
import type { Block } from '#lib/replay/run';

export const overridesKey = (runId: string): readonly string[] => ['run', runId, 'overrides'];
export const overridesPath = (runId: string): string => `/api/v1/runs/${encodeURIComponent(runId)}/overrides`;

/** What blocks a run's patch: what was let through, what remains, and who may not let it through. Asked only if it is blocked. */
export function useOverrides(runId: string, blocks: readonly Block[]) {
  const { data } = useQuery({
    queryKey: overridesKey(runId),
    queryFn: ({ signal }) => getJson<OverridesView>(overridesPath(runId), { signal }),
    enabled: blocks.length > 0,
  });
  const overrides = data?.overrides ?? [];
  return {
    view: data ?? null,
    overrides,
    remaining: blocks.filter((block) => !overrides.some((one) => one.block === block)),
  };
}
