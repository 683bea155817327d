'use client';

import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { runKey } from '#components/compare/use-run.ts';
import { postJson } from '#components/query/api.ts';
import { withParams } from '#components/timeline/window-url.ts';
import { incidentKey, incidentPath, useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';
import type { RunView, Summary } from '#lib/replay/run';

/** What of the plan settles a block. */
export type Settlement = {
  readonly archive?: DraftPlan['archive'];
  readonly patch?: DraftPlan['patch'];
};

/** The plan with a settlement in it; everything else stays. */
export const settledPlan = (plan: DraftPlan, { archive, patch }: Settlement): DraftPlan => ({
  ...plan,
  ...(archive === undefined ? {} : { archive: { ...plan.archive, ...archive } }),
  ...(patch === undefined ? {} : { patch: { ...plan.patch, ...patch } }),
});

/** Changes the incident's plan and previews the run's window again: the new preview is opened. */
export function useSettle(window: Summary['window']): UseMutationResult<RunView, Error, Settlement> {
  const { incident, reference } = useIncident();
  const { search } = useTimelineChoice();
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: async (settlement) => {
      await postJson<IncidentView>(
        incidentPath(reference),
        { plan: settledPlan(incident.plan, settlement) },
        { method: 'PATCH' },
      );
      const { from, to, clock } = window;
      return postJson<RunView>(`${incidentPath(reference)}/previews`, { window: { from, to, clock } });
    },
    onSuccess: (run) => {
      client.setQueryData(runKey(run.id), run);
      router.push(`/incidents/${reference}/preview${withParams(search, { run: run.id })}`);
    },
    onSettled: () => client.invalidateQueries({ queryKey: incidentKey(reference) }),
  });
}
