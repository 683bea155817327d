import type { StoreTransaction } from '#lib/adapters/store/client';
import { WRITTEN } from '#lib/patch/state';
import { PatchFacts } from '#lib/recovery/patches/patch-record';
import { isoOrNull } from '#lib/recovery/setup/iso';
import type { PatchStanding } from '#lib/report/facts';

/** By which patch a patch was put back, who stands behind it, and why. Nothing where it was undone in another way. */
export async function readUndone(
  store: StoreTransaction,
  patchId: string,
  nameOf: (id: string) => string,
): Promise<Pick<PatchStanding, 'undone'>> {
  const undo = await store.patch.findFirst({
    where: { undoesId: patchId, state: { in: [...WRITTEN] } },
    orderBy: { number: 'desc' },
  });
  const asked = undo === null ? undefined : PatchFacts.parse(undo.facts).undo;
  if (undo === null || asked === undefined) return {};
  const approval = await store.approval.findFirst({
    where: { patchId: undo.id, voidedAt: null },
    orderBy: { createdAt: 'desc' },
  });
  return {
    undone: {
      patch: undo.number,
      by: nameOf(undo.author),
      approvedBy: approval === null ? null : nameOf(approval.approver),
      at: isoOrNull(undo.appliedAt),
      reason: asked.reason,
      rows: undo.updates + undo.inserts + undo.deletes,
      leftOut: asked.leftOut,
    },
  };
}
