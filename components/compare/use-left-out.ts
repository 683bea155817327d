'use client';

import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useMayNot } from '#components/access/use-me.ts';
import { runKey, runPath } from '#components/compare/use-run.ts';
import { postJson } from '#components/query/api.ts';
import type { DiscrepancyQuery } from '#lib/compare/discrepancy';
import type { RunView } from '#lib/replay/run';

/** Rows by their places in discrepancies.csv, or all that a filter shows. */
export type RowChoice = { readonly rows: readonly number[] } | { readonly filter: DiscrepancyQuery };

/** A filter as the server takes it with a choice: what only orders or pages the rows is not part of it. */
export const filterOf = ({ sort: _, offset: __, limit: ___, ...filter }: DiscrepancyQuery): RowChoice => ({
  filter,
});

/** Why the rows of a run's patch can't be chosen any more; null while they can. */
function settledWords({ patch }: RunView): string | null {
  if (patch === null) return null;
  return patch.stage === 'review'
    ? `Patch ${patch.number} waits with these rows. Withdraw it first, then choose others.`
    : `Patch ${patch.number} was made of these rows. Run again to choose others.`;
}

/** Why whoever looks can't choose rows: the role, or the patch. Null while they can. */
export function useFixedWords(run: RunView): string | null {
  const refusal = useMayNot('run.change', 'choose rows');
  return refusal ?? settledWords(run);
}

/** Leaves rows out of a run's patch, with a reason. Everything that shows them is read again. */
export function useLeaveOut(
  runId: string,
): UseMutationResult<RunView, Error, { choice: RowChoice; reason: string }> {
  const onSuccess = useFresh(runId);
  return useMutation({
    mutationFn: ({ choice, reason }) =>
      postJson<RunView>(`${runPath(runId)}/left-out`, { ...choice, reason }),
    onSuccess,
  });
}

/** Takes rows into the patch again. */
export function useRestore(runId: string): UseMutationResult<RunView, Error, RowChoice> {
  const onSuccess = useFresh(runId);
  return useMutation({
    mutationFn: (choice) => postJson<RunView>(`${runPath(runId)}/left-out`, choice, { method: 'DELETE' }),
    onSuccess,
  });
}

function useFresh(runId: string): (run: RunView) => Promise<unknown> {
  const client = useQueryClient();
  return (run) => {
    client.setQueryData(runKey(runId), run);
    return Promise.all([
      client.invalidateQueries({ queryKey: ['discrepancies', runId] }),
      client.invalidateQueries({ queryKey: ['evidence', runId] }),
    ]);
  };
}
