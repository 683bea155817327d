import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { requireProof } from '#lib/recovery/access/require-proof';
import { checkAudit } from '#lib/recovery/audit/audit-check';
import { LOSS_ACTION, lossDetail } from '#lib/recovery/audit/losses';
import { readAuditStanding } from '#lib/recovery/audit/read-audit-standing';
import { ensureSigner } from '#lib/recovery/audit/signing-key';
import { askLedgers, type VerifiedRecords, verifyRecords } from '#lib/recovery/audit/verify-records';
import type { Context } from '#lib/recovery/setup/context';
import type { AuditStanding } from '#lib/report/audit-view';

export const AcknowledgeLossInput = z.object({
  /** The last lost entry, as it was on the screen. */
  to: z.number().int().positive(),
  reason: z.string().trim().min(1, 'say which backup the records were put back to, and why').max(2_000),
});

/**
 * An admin says that the records were put back to an older backup, and that the entries since are lost. Every line is told
 * again first: only heads that nothing else speaks against are acknowledged, and each by itself. The line stands in the
 * chain for ever. Failures: access.prove, conflict (nothing is lost; the chain itself is broken; more is lost than was
 * shown).
 */
export async function acknowledgeLoss(
  context: Context,
  { to, reason }: z.output<typeof AcknowledgeLossInput>,
): Promise<AuditStanding> {
  permit(context.actor, 'audit.acknowledge');
  requireProof(context.actor);
  const { store, actor } = context;
  const found = await verifyRecords(context, await askLedgers(context));
  const lost = lostOf(found);
  if (lost.to !== to)
    throw new Failure('conflict', `It is entry ${lost.to} that is known as the last one lost.`, {
      fix: 'Reload, and look at what is lost.',
    });
  const signer = await ensureSigner(context);
  const said = { chain: found.chain, ...lost, by: actor.id, reason };
  const detail = lossDetail(signer, found.disputed, said);
  await store.$transaction((tx) => writeAudit(tx, { actor, action: LOSS_ACTION, subject: 'audit', detail }));
  await checkAudit(context, null);
  return readAuditStanding(context);
}

function lostOf({ broken, lost }: VerifiedRecords): { readonly from: number; readonly to: number } {
  if (broken === null) throw new Failure('conflict', 'No entry of the audit is lost.', { fix: 'Reload.' });
  const isLoss = broken.kind === 'truncated' || broken.kind === 'rewritten';
  if (lost !== null && isLoss) return lost;
  throw new Failure('conflict', `What is wrong with the audit is no loss by a restore: ${broken.message}`, {
    fix: 'Keep a copy of the database and of the data folder as they are, and compare with the last export.',
  });
}
