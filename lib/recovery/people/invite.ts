import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import { originOf } from '#lib/recovery/access/auth-of';
import { permit } from '#lib/recovery/access/permit';
import { ROLES } from '#lib/recovery/access/policy';
import { requireProof } from '#lib/recovery/access/require-proof';
import { Email } from '#lib/recovery/access/set-password';
import { makeToken } from '#lib/recovery/access/sign-in-link';
import { refuseTakenName } from '#lib/recovery/people/free-name';
import { PersonName } from '#lib/recovery/people/person-name';
import type { Context } from '#lib/recovery/setup/context';

const INVITATION_DAYS = 7;

export const InviteInput = z.object({ email: Email, name: PersonName, role: z.enum(ROLES) });

/**
 * Invites someone: gives the link, once; it works once, within 7 days. Another one to the same e-mail ends the one
 * before. Throws `conflict` where a person has the e-mail or the name, and `access.prove`.
 */
export async function invite(
  { store, actor, env }: Context,
  { email, name, role }: z.output<typeof InviteInput>,
): Promise<{ id: string; url: string; expiresAt: string }> {
  permit(actor, 'people.change');
  requireProof(actor);
  const { token, tokenSha256 } = makeToken();
  const expiresAt = new Date(Date.now() + INVITATION_DAYS * 86_400_000);
  const id = await changeRecords(store, async (tx) => {
    const person = await tx.person.findUnique({ where: { email } });
    if (person !== null)
      throw new Failure('conflict', `${person.name} has this e-mail already.`, {
        fix: 'Change the role of that person, or make them a new way to sign in, in the list of people.',
      });
    await refuseTakenName(tx, name, null);
    await tx.invitation.updateMany({
      where: { email, acceptedAt: null, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    const made = await tx.invitation.create({
      data: { tokenSha256, email, name, role, createdBy: actor.id, expiresAt },
    });
    const subject = `invitation ${made.id}`;
    await writeAudit(tx, { actor, action: 'invitation.make', subject, detail: { email, name, role } });
    return made.id;
  });
  return { id, url: `${originOf(env)}/invitation#${token}`, expiresAt: expiresAt.toISOString() };
}

export const InvitationInput = z.object({ id: z.uuid() });

/** Withdraws an invitation that nobody has accepted. Throws `not_found`. */
export async function revokeInvitation(
  { store, actor }: Context,
  { id }: z.output<typeof InvitationInput>,
): Promise<Record<string, never>> {
  permit(actor, 'people.change');
  await changeRecords(store, async (tx) => {
    const { count } = await tx.invitation.updateMany({
      where: { id, acceptedAt: null, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    if (count === 0) throw new Failure('not_found', 'There is no open invitation of that kind.');
    await writeAudit(tx, { actor, action: 'invitation.revoke', subject: `invitation ${id}` });
  });
  return {};
}
