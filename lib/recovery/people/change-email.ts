import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { requireProof } from '#lib/recovery/access/require-proof';
import { Email, endOtherWaysIn, takeEmail } from '#lib/recovery/access/set-password';
import type { Context } from '#lib/recovery/setup/context';

export const ChangeEmailInput = z.object({ email: Email });

/**
 * Changes the own e-mail, at once: Recount sends no mail that would ask first. All other sessions end, and sign-in links that nobody used yet. A provider's
 * account does not come in by it: whoever has the address there did not choose this person. Throws `access.prove`,
 * `conflict` (another person has it, or is invited by it).
 */
export async function changeEmail(
  { store, actor }: Context,
  { email }: z.output<typeof ChangeEmailInput>,
): Promise<{ email: string; sessionsEnded: number }> {
  permit(actor, 'me.change');
  requireProof(actor);
  return changeRecords(store, async (tx) => {
    const { email: before } = await tx.person.findUniqueOrThrow({ where: { id: actor.id } });
    if (before === email) return { email, sessionsEnded: 0 };
    const invited = await tx.invitation.count({
      where: { email, acceptedAt: null, revokedAt: null, expiresAt: { gt: new Date() } },
    });
    if (invited > 0)
      throw new Failure('conflict', `Somebody is invited by the e-mail ${email}.`, {
        fix: 'Use another e-mail, or ask an admin to withdraw the invitation.',
      });
    await takeEmail(tx, actor.id, email, { isVerified: false });
    const sessionsEnded = await endOtherWaysIn(tx, actor);
    const detail = { email: [before, email], sessionsEnded };
    await writeAudit(tx, { actor, action: 'me.email', subject: `person ${actor.id}`, detail });
    return { email, sessionsEnded };
  });
}
