import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { notifyOfApprover } from '#lib/adapters/store/notify';
import { lockAdmins } from '#lib/adapters/store/person';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { mayApprove, ROLES } from '#lib/recovery/access/policy';
import { requireProof } from '#lib/recovery/access/require-proof';
import { expireApprovals } from '#lib/recovery/patches/expire-approvals';
import { refuseTakenName } from '#lib/recovery/people/free-name';
import { PersonName } from '#lib/recovery/people/person-name';
import type { Context } from '#lib/recovery/setup/context';

export const ChangePersonInput = z.object({
  id: z.string().max(100),
  name: PersonName.optional(),
  role: z.enum(ROLES).optional(),
  disabled: z.boolean().optional(),
});

/**
 * Changes name or role of a person, or disables them: then their sessions and tokens end at once, and no way of signing
 * in lets them in. With who is no admin any more the ways in that they made for others end, which they may have kept. Throws `access.prove`, `access.last_admin`, `not_found`, `conflict` (erased).
 */
export async function changePerson(
  { store, actor }: Context,
  { id, name, role, disabled }: z.output<typeof ChangePersonInput>,
): Promise<Record<string, never>> {
  permit(actor, 'people.change');
  requireProof(actor);
  await changeRecords(store, async (tx) => {
    const admins = await lockAdmins(tx);
    const person = await tx.person.findUnique({ where: { id } });
    if (person === null) throw new Failure('not_found', 'There is no such person.');
    if (name !== undefined) await refuseTakenName(tx, name, id);
    if (person.erasedAt !== null)
      throw new Failure('conflict', 'This person was erased.', { fix: 'Invite them anew.' });
    const isLast = admins.length === 1 && admins[0] === id;
    if (isLast && (disabled === true || (role !== undefined && role !== 'admin')))
      throw new Failure('access.last_admin', `${person.name} is the only admin.`);
    const disabledAt = disabled === undefined ? person.disabledAt : disabled ? new Date() : null;
    await tx.person.update({
      where: { id },
      data: { name: name ?? person.name, role: role ?? person.role, disabledAt },
    });
    const stays = disabledAt === null && (role ?? person.role) === 'admin';
    const ended = {
      ...(disabled === true ? await endEverything(tx, id) : {}),
      ...(stays ? {} : await endWaysMade(tx, id)),
    };
    const changed = {
      ...(name !== undefined && name !== person.name ? { name: [person.name, name] } : {}),
      ...(role !== undefined && role !== person.role ? { role: [person.role, role] } : {}),
      ...ended,
    };
    const approved = person.disabledAt === null && mayApprove(person.role);
    const approves = disabledAt === null && mayApprove(role ?? person.role);
    if (approves && !approved) await notifyOfApprover(tx, id, actor.id);
    const action = disabled === undefined ? 'person.change' : disabled ? 'person.disable' : 'person.enable';
    await writeAudit(tx, { actor, action, subject: `person ${id}`, detail: changed });
  });
  // at once: an approval that stopped counting must not count again when the person is back
  await expireApprovals({ store });
  return {};
}

/** Open invitations and sign-in links that a person made for others. Nothing where there are none. */
async function endWaysMade(tx: StoreTransaction, personId: string): Promise<Record<string, number>> {
  const invitations = await tx.invitation.updateMany({
    where: { createdBy: personId, acceptedAt: null, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  const links = await tx.signInLink.deleteMany({ where: { madeBy: personId, usedAt: null } });
  return {
    ...(invitations.count > 0 ? { invitationsWithdrawn: invitations.count } : {}),
    ...(links.count > 0 ? { linksEnded: links.count } : {}),
  };
}

async function endEverything(tx: StoreTransaction, userId: string): Promise<Record<string, number>> {
  const sessions = await tx.session.deleteMany({ where: { userId } });
  await tx.signInLink.deleteMany({ where: { personId: userId, usedAt: null } });
  const tokens = await tx.apiToken.updateMany({
    where: { personId: userId, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  return { sessionsEnded: sessions.count, tokensRevoked: tokens.count };
}
