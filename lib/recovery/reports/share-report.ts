import { createHash, createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { databaseNow } from '#lib/adapters/store/database-clock';
import { permit } from '#lib/recovery/access/permit';
import { reportSubject } from '#lib/recovery/reports/build-report';
import { keepReport } from '#lib/recovery/reports/freeze-report';
import { newestReport } from '#lib/recovery/reports/read-report';
import type { Context } from '#lib/recovery/setup/context';
import { IncidentRef, incidentId } from '#lib/recovery/setup/find-incident';
import { isoOf, isoOrNull } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';
import { maskKeys } from '#lib/report/mask-keys';
import type { ShareLinkView } from '#lib/report/report';

export const ShareReportInput = IncidentRef.extend({
  days: z.union([z.literal(1), z.literal(7), z.literal(30)]),
  maskKeys: z.boolean().default(true),
});

const DAY_MS = 24 * 3600 * 1000;
const SHORT_CHARACTERS = 5;

/** What is kept of a token. The token itself is 32 random bytes, so that a plain hash is enough. */
export const tokenSha256 = (token: string): string => createHash('sha256').update(token).digest('hex');

/**
 * Makes a link to a frozen copy of an incident's report. The token is answered once and kept only as a hash; it stands
 * in the address's fragment, which no server is sent. Rows that were compared again since the report was frozen: it is frozen
 * anew, with that. Failures: not_found, run.incomplete.
 */
export async function shareReport(
  context: Context,
  input: z.output<typeof ShareReportInput>,
): Promise<{ link: ShareLinkView; url: string }> {
  permit(context.actor, 'report.share');
  const { store, actor } = context;
  const id = await incidentId(store, input.ref);
  const subject = await reportSubject(store, id);
  const { report, isNew } = await newestReport(context, id);
  const body = input.maskKeys ? maskKeys(report, shortNames(context.key.derive('recount share'))) : report;
  const token = randomBytes(32).toString('base64url');
  const link = await store.$transaction(async (tx) => {
    // by the clock that judges it: a link must not live longer because this machine's clock is wrong
    const now = await databaseNow(tx);
    if (isNew) await keepReport(tx, id, subject, report);
    const made = await tx.shareLink.create({
      data: {
        reportId: await keepReport(tx, id, subject, body),
        tokenSha256: tokenSha256(token),
        maskKeys: input.maskKeys,
        createdBy: actor.id,
        expiresAt: new Date(now.getTime() + input.days * DAY_MS),
      },
    });
    await writeAudit(tx, {
      actor,
      action: 'share.create',
      incidentId: id,
      subject: `share link ${made.id}`,
      detail: { expiresAt: isoOf(made.expiresAt), maskKeys: input.maskKeys },
    });
    return made;
  });
  return { link: linkView(link, await readNames(store)), url: `/r#${token}` };
}

/** Tells keys of one shared copy apart; under a secret, so that nobody finds a key by trying, and anew for every copy. */
function shortNames(key: Buffer): (text: string) => string {
  const salt = randomBytes(16);
  return (text) =>
    createHmac('sha256', key)
      .update('share')
      .update(salt)
      .update(text)
      .digest('hex')
      .slice(0, SHORT_CHARACTERS);
}

/** The links of an incident, the newest first. Failure not_found. */
export async function listShares(
  { store, actor }: Context,
  { ref }: z.output<typeof IncidentRef>,
): Promise<{ shares: ShareLinkView[] }> {
  permit(actor, 'report.share');
  const id = await incidentId(store, ref);
  const links = await store.shareLink.findMany({
    where: { report: { incidentId: id } },
    orderBy: { createdAt: 'desc' },
  });
  const nameOf = await readNames(store);
  return { shares: links.map((link) => linkView(link, nameOf)) };
}

type LinkRow = {
  readonly id: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly maskKeys: boolean;
  readonly views: number;
  readonly lastViewedAt: Date | null;
};

/** A link as its owner sees it: never its token. */
export const linkView = (link: LinkRow, nameOf: (id: string) => string): ShareLinkView => ({
  id: link.id,
  createdAt: isoOf(link.createdAt),
  createdBy: nameOf(link.createdBy),
  expiresAt: isoOf(link.expiresAt),
  revokedAt: isoOrNull(link.revokedAt),
  maskKeys: link.maskKeys,
  views: link.views,
  lastViewedAt: isoOrNull(link.lastViewedAt),
});
