import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { requireProof } from '#lib/recovery/access/require-proof';
import type { Context } from '#lib/recovery/setup/context';

export const ErasePersonInput = z.object({
  id: z.string().max(100),
  reason: z.string().trim().min(1, 'say why they are erased').max(2000),
  confirm: z.string().max(200),
});

/** What stands in place of a name; records still tell such people apart by their ids. */
export const ERASED_NAME = 'Erased person';

/**
 * Erases what the records keep of a person who is disabled: name, e-mail, passwords, passkeys, sessions with their
 * addresses, tokens, invitations, notifications. The id stays, and what it did; so do the audit, which is a chain, frozen
 * reports, and headers of patches. `confirm` is the name. Throws `access.prove`, `not_found`, `request.invalid`,
 * `conflict` (not disabled, or erased already).
 */
export async function erasePerson(
  { store, actor }: Context,
  { id, reason, confirm }: z.output<typeof ErasePersonInput>,
): Promise<Record<string, never>> {
  permit(actor, 'person.erase');
  requireProof(actor);
  await changeRecords(store, async (tx) => {
    await tx.$queryRaw`select 1 as held from person where id = ${id} for update`;
    const person = await tx.person.findUnique({ where: { id } });
    if (person === null) throw new Failure('not_found', 'There is no such person.');
    const { name, email, disabledAt, erasedAt } = person;
    if (erasedAt !== null)
      throw new Failure('conflict', 'This person was erased already.', { fix: 'Nothing is left to do.' });
    if (disabledAt === null)
      throw new Failure('conflict', `${name} may still come in.`, { fix: 'Disable them first.' });
    if (confirm.trim() !== name)
      throw new Failure('request.invalid', `confirm: type ${name} to confirm who is erased`);
    const gone = await forget(tx, { id, email });
    await tx.person.update({
      where: { id },
      data: { name: ERASED_NAME, email: null, emailVerified: false, image: null, erasedAt: new Date() },
    });
    await writeAudit(tx, {
      actor,
      action: 'person.erase',
      subject: `person ${id}`,
      detail: { ...gone, reason },
    });
  });
  return {};
}

type Known = { readonly id: string; readonly email: string | null };

async function forget(tx: StoreTransaction, { id, email }: Known): Promise<Record<string, number>> {
  const own = { where: { userId: id } };
  const theirs = { where: { personId: id } };
  const sessions = await tx.session.deleteMany(own);
  const accounts = await tx.account.deleteMany(own);
  const passkeys = await tx.passkey.deleteMany(own);
  await tx.signInLink.deleteMany(theirs);
  const tokens = await tx.apiToken.deleteMany(theirs);
  const invitations = await tx.invitation.deleteMany({
    where: { OR: [{ acceptedBy: id }, ...(email === null ? [] : [{ email }])] },
  });
  const notifications = await tx.notification.deleteMany(theirs);
  await tx.notificationOff.deleteMany(theirs);
  // made anew with the name that stands now, should it be sent again
  await tx.webhookDelivery.updateMany({
    where: { actor: id, state: { not: 'waiting' } },
    data: { body: null },
  });
  // the words of lib/recovery/patches/request-changes.ts, also under a name that they had before
  await tx.approval.updateMany({
    where: {
      patch: { changesRequested: { path: ['by'], equals: id } },
      voidedBecause: { endsWith: ' asked for changes.' },
    },
    data: { voidedBecause: 'Changes were asked for.' },
  });
  return {
    sessions: sessions.count,
    accounts: accounts.count,
    passkeys: passkeys.count,
    tokens: tokens.count,
    invitations: invitations.count,
    notifications: notifications.count,
  };
}
