import { z } from 'zod';
import { PASSWORD_LENGTH } from '#lib/adapters/auth/auth';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { lockEmails } from '#lib/adapters/store/person';
import { Failure } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';
import { authOf } from '#lib/recovery/access/auth-of';
import { refusedPassword, refuseGuessable } from '#lib/recovery/access/password-rules';
import { permit } from '#lib/recovery/access/permit';
import { requireRecent } from '#lib/recovery/access/require-proof';
import type { Context } from '#lib/recovery/setup/context';

export const Email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .pipe(z.email('must be an e-mail address, like ana@example.org'));
export const Password = z
  .string()
  .min(PASSWORD_LENGTH.least, `must have at least ${PASSWORD_LENGTH.least} characters`)
  .max(PASSWORD_LENGTH.most, `must have at most ${PASSWORD_LENGTH.most} characters`);

export const SetPasswordInput = z.object({ password: Password, email: Email.optional() });

/**
 * Sets or changes the own password; all other sessions end, and sign-in links that nobody used yet. `email`: for who has none yet. Throws `access.prove`,
 * `conflict` (another person has the e-mail), `request.invalid`.
 */
export async function setPassword(
  context: Context,
  { password, email }: z.output<typeof SetPasswordInput>,
): Promise<{ email: string }> {
  permit(context.actor, 'me.change');
  requireRecent(context.actor);
  const { store, actor } = context;
  await refusePassword(context, password, email ?? null);
  const auth = await authOf(context).$context;
  const hash = await auth.password.hash(password);
  return changeRecords(store, async (tx) => {
    const person = await tx.person.findUniqueOrThrow({ where: { id: actor.id } });
    const own = person.email ?? email;
    if (own === undefined)
      throw new Failure('request.invalid', 'email: an e-mail is needed to sign in with a password');
    if (person.email === null) await takeEmail(tx, actor.id, own, { isVerified: true });
    await keepPassword(tx, actor.id, hash);
    const sessionsEnded = await endOtherWaysIn(tx, actor);
    await writeAudit(tx, {
      actor,
      action: 'me.password',
      subject: `person ${actor.id}`,
      detail: { sessionsEnded, ...(person.email === null ? { email: own } : {}) },
    });
    return { email: own };
  });
}

/** Ends the other sessions of a person, and sign-in links for them that nobody used yet. Answers how many sessions. */
export async function endOtherWaysIn(tx: StoreTransaction, { id, from }: Actor): Promise<number> {
  await tx.signInLink.deleteMany({ where: { personId: id, usedAt: null } });
  const { count } = await tx.session.deleteMany({
    where: { userId: id, id: { not: from.session ?? '' } },
  });
  return count;
}

/** One that is guessed early, or the one that the person has now. Throws `request.invalid`. */
async function refusePassword(context: Context, password: string, email: string | null): Promise<void> {
  const { store, actor } = context;
  const person = await store.person.findUniqueOrThrow({ where: { id: actor.id } });
  refuseGuessable(password, [person.email ?? email, person.name]);
  const account = await store.account.findFirst({ where: { userId: actor.id, providerId: 'credential' } });
  const hash = account?.password ?? null;
  const auth = await authOf(context).$context;
  if (hash !== null && (await auth.password.verify({ hash, password })))
    throw refusedPassword('is the one that you have now');
}

/**
 * Gives a person an e-mail. `isVerified`: a provider's account with this e-mail is theirs. Throws `conflict` where another
 * has it.
 */
export async function takeEmail(
  tx: StoreTransaction,
  personId: string,
  email: string,
  { isVerified }: { readonly isVerified: boolean },
): Promise<void> {
  await lockEmails(tx);
  const other = await tx.person.findUnique({ where: { email } });
  if (other !== null && other.id !== personId)
    throw new Failure('conflict', `Another person has the e-mail ${email}.`, { fix: 'Use another e-mail.' });
  await tx.person.update({ where: { id: personId }, data: { email, emailVerified: isVerified } });
}

/** Keeps the hash of a person's password, in place of the one before. */
export async function keepPassword(tx: StoreTransaction, personId: string, hash: string): Promise<void> {
  const key = { providerId: 'credential', accountId: personId };
  await tx.account.upsert({
    where: { providerId_accountId: key },
    create: { id: `${personId}-credential`, ...key, userId: personId, password: hash },
    update: { password: hash },
  });
}
