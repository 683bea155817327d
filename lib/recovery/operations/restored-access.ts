import { writeAudit } from '#lib/adapters/store/audit';
import { closeStore, openStore, type StoreTransaction } from '#lib/adapters/store/client';
import { PATCH_EDGES } from '#lib/patch/state';
import { shellActor } from '#lib/recovery/access/actor';
import type { BackupManifest } from '#lib/recovery/operations/backup-manifest';
import { expireApprovals } from '#lib/recovery/patches/expire-approvals';

/** What a restore took away, and what an admin has to look at, since it is again as it was at the backup. */
export type RestoredAccess = {
  readonly tokensRevoked: number;
  readonly invitationsWithdrawn: number;
  readonly approvalsVoided: number;
  /** Who may sign in. */
  readonly people: readonly { readonly name: string; readonly role: string }[];
  /** How many open a report. */
  readonly shareLinks: number;
  readonly webhooks: number;
};

const BECAUSE = 'It comes from a backup.';

/**
 * What was taken away after the backup was made is back, and nobody knows what that was: API tokens and open invitations end,
 * approvals count no more of what is not written yet, uploads that had not arrived whole do not go on. A patch whose COMMIT
 * may have been sent is settled by its ledger as ever. Share links stand: a report reads as before. The audit says so.
 */
export async function settleRestored(url: string, { madeAt, key }: BackupManifest): Promise<RestoredAccess> {
  const store = openStore(url);
  try {
    const access = await store.$transaction(async (tx) => {
      await tx.uploadFile.updateMany({ where: { state: 'receiving' }, data: { state: 'failed' } });
      const ended = await endAccess(tx);
      const detail = { madeAt, key: key.id, ...ended };
      await writeAudit(tx, { actor: shellActor(), action: 'backup.restore', subject: 'data folder', detail });
      return { ...ended, ...(await readStanding(tx)) };
    });
    await expireApprovals({ store });
    return access;
  } finally {
    await closeStore(store);
  }
}

type Ended = Pick<RestoredAccess, 'tokensRevoked' | 'invitationsWithdrawn' | 'approvalsVoided'>;

async function endAccess(tx: StoreTransaction): Promise<Ended> {
  const now = new Date();
  const tokens = await tx.apiToken.updateMany({ where: { revokedAt: null }, data: { revokedAt: now } });
  const invitations = await tx.invitation.updateMany({
    where: { revokedAt: null, acceptedAt: null },
    data: { revokedAt: now },
  });
  const unwritten = [...PATCH_EDGES.withdraw.from, PATCH_EDGES.start.to];
  const approvals = await tx.approval.updateMany({
    where: { voidedAt: null, patch: { state: { in: unwritten } } },
    data: { voidedAt: now, voidedBecause: BECAUSE },
  });
  return {
    tokensRevoked: tokens.count,
    invitationsWithdrawn: invitations.count,
    approvalsVoided: approvals.count,
  };
}

async function readStanding(tx: StoreTransaction): Promise<Omit<RestoredAccess, keyof Ended>> {
  const people = await tx.person.findMany({
    where: { disabledAt: null },
    select: { name: true, role: true },
    orderBy: { createdAt: 'asc' },
  });
  const shareLinks = await tx.shareLink.count({ where: { revokedAt: null, expiresAt: { gt: new Date() } } });
  return { people, shareLinks, webhooks: await tx.webhook.count() };
}
