import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { LeftOut } from '#lib/compare/left-out';
import { PATCH_STATES } from '#lib/patch/patch';
import { GIVEN_UP, STATE_WORDS } from '#lib/patch/state';

/** The rows that are left out of a run's patch, in order, each with its reason. */
export async function leftOutOf(store: StoreTransaction, runId: string): Promise<LeftOut> {
  const rows = await store.runLeftOut.findMany({
    where: { runId },
    orderBy: { row: 'asc' },
    select: { row: true, reason: true },
  });
  return new Map(rows.map(({ row, reason }) => [row, reason]));
}

/** The patch that stands on a run: one was made of it and not given up. Its rows are settled. */
export const standingPatch = (
  store: StoreTransaction,
  runId: string,
): Promise<{ id: string; number: number; state: string } | null> =>
  store.patch.findFirst({
    where: { runId, undoesId: null, state: { notIn: [...GIVEN_UP] } },
    select: { id: true, number: true, state: true },
  });

/** Whether a patch in that state waits for its review, or for the next step after it. */
export const isOpenPatch = (state: string): boolean =>
  state === 'proposed' || state === 'approved' || state === 'expired';

/**
 * What a patch writes must not change under it: refuses while the run has a patch that was not given up. The caller's
 * transaction holds the incident, as proposing does. Failure patch.state.
 */
export async function refuseProposed(tx: StoreTransaction, runId: string): Promise<void> {
  const patch = await standingPatch(tx, runId);
  if (patch === null) return;
  const state = PATCH_STATES.find((one) => one === patch.state);
  const words = state === undefined ? 'was sent for review' : STATE_WORDS[state];
  throw new Failure('patch.state', `Patch ${patch.number} of this preview ${words}; its rows are settled.`, {
    fix: isOpenPatch(patch.state)
      ? 'Withdraw the patch first, then choose the rows again.'
      : 'Preview again.',
  });
}
