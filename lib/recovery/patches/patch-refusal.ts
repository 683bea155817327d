import { approvalStanding } from '#lib/adapters/store/approvals';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { PATCH_STATES } from '#lib/patch/patch';
import { STATE_WORDS, WRITTEN } from '#lib/patch/state';

/**
 * Says why a conditional update of a patch did not apply: not_found, patch.seal, conflict (closed, or the plan changed),
 * patch.not_approved, patch.state.
 */
export async function refusalOf(tx: StoreTransaction, id: string, seal: string | null): Promise<Failure> {
  const patch = await readWhole(tx, id);
  if (patch === null) return new Failure('not_found', 'There is no such patch.');
  if (seal !== null && seal !== patch.seal) {
    return new Failure('patch.seal', 'That is not the seal of this patch; nothing was done.', {
      fix: 'Reload the page and look at what is shown now.',
    });
  }
  const isUndo = patch.undoes !== null;
  if (!isUndo && patch.incident.closedAt !== null) return new Failure('conflict', 'The incident is closed.');
  const state = PATCH_STATES.find((one) => one === patch.state);
  const waits = state === 'proposed' || state === 'approved' || state === 'expired';
  if (waits && patch.undoes !== null && !WRITTEN.some((one) => one === patch.undoes?.state)) {
    const undone = PATCH_STATES.find((one) => one === patch.undoes?.state) ?? 'undone';
    return new Failure(
      'patch.state',
      `Patch ${patch.undoes.number}, which this one puts back, ${STATE_WORDS[undone]}.`,
    );
  }
  if (waits && !isUndo && patch.run.planRevision !== patch.incident.planRevision) {
    return new Failure('conflict', 'The plan changed since the preview that this patch is from.', {
      fix: 'Preview again, and send the new patch for review.',
    });
  }
  if (state === 'approved') {
    const { needed, counting } = await approvalStanding(tx, id);
    if (counting.length < needed)
      return new Failure('patch.not_approved', notEnough(counting.length, needed));
  }
  return new Failure('patch.state', `The patch ${state === undefined ? patch.state : STATE_WORDS[state]}.`);
}

const notEnough = (given: number, needed: number): string =>
  needed > 1
    ? `The patch has ${given} of ${needed} approvals that count.`
    : 'The patch has no approval that counts any more.';

/**
 * Refuses what could not be done in any case before it waits for a lock: of many who press at once, all but the first are
 * answered beside each other. Failures as `refusalOf`.
 */
export async function refuseUnlessIn(
  store: StoreTransaction,
  id: string,
  seal: string,
  states: readonly string[],
): Promise<void> {
  if ((await store.patch.count({ where: { id, seal, state: { in: [...states] } } })) === 0)
    throw await refusalOf(store, id, seal);
}

/** One after the other: several relations of one read would be asked for at once, on the transaction's one connection. */
async function readWhole(tx: StoreTransaction, id: string) {
  const row = await tx.patch.findUnique({ where: { id } });
  if (row === null) return null;
  const { incidentId, runId, undoesId } = row;
  return {
    ...row,
    incident: await tx.incident.findUniqueOrThrow({ where: { id: incidentId } }),
    run: await tx.run.findUniqueOrThrow({ where: { id: runId } }),
    undoes: undoesId === null ? null : await tx.patch.findUniqueOrThrow({ where: { id: undoesId } }),
  };
}

/** Marks the incident as changed now. */
export async function touchIncident(tx: StoreTransaction, id: string): Promise<void> {
  await tx.incident.update({ where: { id }, data: { updatedAt: new Date() } });
}
