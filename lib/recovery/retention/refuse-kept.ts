import type { StoreTransaction } from '#lib/adapters/store/client';
import { isBusy } from '#lib/adapters/store/erasures';
import { Failure } from '#lib/base/failure';
import { PATCH_STATES } from '#lib/patch/patch';
import { STATE_WORDS } from '#lib/patch/state';
import { isOpen, isStanding } from '#lib/recovery/retention/needed';

/**
 * Why an incident cannot be erased now; null where it can: closed, or with every patch ended, and no work under way. What
 * waits or is being written stands in the way in any case.
 */
export async function keptBecause(tx: StoreTransaction, incidentId: string): Promise<Failure | null> {
  const { number, closedAt, patches, erasures } = await tx.incident.findUniqueOrThrow({
    where: { id: incidentId },
    select: {
      number: true,
      closedAt: true,
      patches: { select: { number: true, state: true }, orderBy: { number: 'asc' } },
      erasures: { where: { scope: 'incident' }, select: { id: true } },
    },
  });
  if (erasures.length > 0)
    return new Failure('conflict', `INC-${number} was erased already.`, { fix: 'Nothing is left to do.' });
  const open = patches.find(({ state }) => isOpen(state));
  if (open !== undefined) {
    const state = PATCH_STATES.find((one) => one === open.state) ?? 'proposed';
    return new Failure('patch.state', `Patch ${open.number} ${STATE_WORDS[state]}.`, {
      fix: 'Withdraw it, or wait until it is written and its outcome is known.',
    });
  }
  const standing = patches.find(({ state }) => isStanding(state));
  if (closedAt === null && standing !== undefined)
    return new Failure(
      'conflict',
      `INC-${number} is open, and patch ${standing.number} can still be put back.`,
      {
        fix: 'Close the incident first; after the erasure the patch can be put back no more.',
      },
    );
  if (await isBusy(tx, incidentId))
    return new Failure('conflict', `Work for INC-${number} is under way.`, {
      fix: 'Wait until it is finished, or cancel it, then erase.',
    });
  return null;
}

/** Failures: conflict, patch.state. */
export async function refuseKept(tx: StoreTransaction, incidentId: string): Promise<void> {
  const failure = await keptBecause(tx, incidentId);
  if (failure !== null) throw failure;
}
