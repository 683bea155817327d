import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { linkView } from '#lib/recovery/reports/share-report';
import type { Context } from '#lib/recovery/setup/context';
import { readNames } from '#lib/recovery/setup/people';
import type { ShareLinkView } from '#lib/report/report';

export const RevokeShareInput = z.object({ id: z.uuid() });

/** Ends a share link at once. Ending one that is ended changes nothing. Failure not_found. */
export async function revokeShare(
  { store, actor }: Context,
  { id }: z.output<typeof RevokeShareInput>,
): Promise<ShareLinkView> {
  permit(actor, 'report.share');
  const link = await store.$transaction(async (tx) => {
    const { count } = await tx.shareLink.updateMany({
      where: { id, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    const found = await tx.shareLink.findUnique({ where: { id }, include: { report: true } });
    if (found === null) throw new Failure('not_found', 'There is no such share link.');
    if (count === 1) {
      await writeAudit(tx, {
        actor,
        action: 'share.revoke',
        incidentId: found.report.incidentId,
        subject: `share link ${id}`,
      });
    }
    return found;
  });
  return linkView(link, await readNames(store));
}
