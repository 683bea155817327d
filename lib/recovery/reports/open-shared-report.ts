import { z } from 'zod';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { readBody } from '#lib/recovery/reports/freeze-report';
import { tokenSha256 } from '#lib/recovery/reports/share-report';
import type { Context } from '#lib/recovery/setup/context';
import type { Report } from '#lib/report/report';

export const OpenSharedInput = z.object({ token: z.string().max(200) });

const Opened = z.array(z.object({ report_id: z.string() }));

/**
 * The frozen report behind a share link's token. Reads nothing live and no other record. The token is looked up by its
 * hash, so that a comparison's time tells nothing of it. Failures: not_found, share.expired.
 */
export async function openSharedReport(
  { store, actor }: Context,
  { token }: z.output<typeof OpenSharedInput>,
): Promise<Report> {
  permit(actor, 'report.open_shared');
  const hash = tokenSha256(token);
  const [opened] = Opened.parse(
    await store.$queryRaw`
      update share_link set views = views + 1, last_viewed_at = now()
       where token_sha256 = ${hash} and revoked_at is null and expires_at > now()
      returning report_id::text`,
  );
  if (opened === undefined) {
    const known = await store.shareLink.count({ where: { tokenSha256: hash } });
    if (known > 0) throw new Failure('share.expired', 'This share link expired or was revoked.');
    throw new Failure('not_found', 'There is no such shared report.');
  }
  const report = await store.report.findUniqueOrThrow({ where: { id: opened.report_id } });
  return readBody(report.body);
}
