import { useQuery } from '@tanstack/react-query';
import { isLater, type Missing } from '#components/new-incident/draft.ts';
import { getJson } from '#components/query/api.ts';
import type { IncidentView } from '#lib/incident/incident';

export type SetUpCheck = {
  /** `none` while the set-up is not complete by itself. */
  readonly state: 'none' | 'checking' | 'done' | 'failed';
  readonly problems: readonly Missing[];
};

const NONE: readonly Missing[] = [];

/** A set-up that is complete by itself, held against the archive's columns and the live table. */
export function useSetUpCheck(view: IncidentView | null): SetUpCheck {
  const isComplete =
    view !== null &&
    view.archive !== null &&
    view.liveStore !== null &&
    view.missing.every(({ path }) => isLater(path));
  const query = useQuery({
    queryKey: ['set-up-check', view?.number, view?.planRevision],
    queryFn: ({ signal }) =>
      getJson<{ problems: readonly Missing[] }>(`/api/v1/incidents/INC-${view?.number}/check`, { signal }),
    enabled: isComplete,
  });
  if (!isComplete) return { state: 'none', problems: NONE };
  if (query.data !== undefined) return { state: 'done', problems: query.data.problems };
  return { state: query.isError ? 'failed' : 'checking', problems: NONE };
}
