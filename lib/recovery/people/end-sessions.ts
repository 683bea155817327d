import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { requireProof } from '#lib/recovery/access/require-proof';
import type { Context } from '#lib/recovery/setup/context';

export const EndSessionsInput = z.object({ id: z.string().max(100) });

/**
 * Signs a person out wherever they are, for a machine that was lost: they sign in again as ever. Of one's own sessions the one
 * that asks stays. Sign-in links that nobody used yet end too. Throws `not_found`, `access.prove`.
 */
export async function endSessions(
  { store, actor }: Context,
  { id }: z.output<typeof EndSessionsInput>,
): Promise<{ ended: number }> {
  permit(actor, 'people.change');
  requireProof(actor);
  return changeRecords(store, async (tx) => {
    const person = await tx.person.findUnique({ where: { id }, select: { id: true } });
    if (person === null) throw new Failure('not_found', 'There is no such person.');
    const { count: ended } = await tx.session.deleteMany({
      where: { userId: id, id: { not: actor.from.session ?? '' } },
    });
    await tx.signInLink.deleteMany({ where: { personId: id, usedAt: null } });
    await writeAudit(tx, { actor, action: 'session.end_all', subject: `person ${id}`, detail: { ended } });
    return { ended };
  });
}
