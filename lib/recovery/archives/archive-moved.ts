import type { StoreTransaction } from '#lib/adapters/store/client';
import { voidApprovals } from '#lib/recovery/patches/void-approvals';

/**
 * Tells the incidents of an archive that its files are others now: their previews are out of date, and patches that
 * stood on the old files are taken back. Failure patch.state where one of them is being written.
 */
export async function archiveMoved(tx: StoreTransaction, archiveId: string, actor: string): Promise<void> {
  const incidents = await tx.incident.findMany({
    where: { archiveId, closedAt: null },
    select: { id: true },
  });
  for (const { id } of incidents) {
    await tx.incident.update({ where: { id }, data: { planRevision: { increment: 1 } } });
    await voidApprovals(tx, id, 'The files of the archive changed.', actor);
  }
}
