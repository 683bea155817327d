import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { hashToken } from '#lib/adapters/store/auth-records';
import { changeRecords } from '#lib/adapters/store/change-records';
import { notifyOfApprover } from '#lib/adapters/store/notify';
import { lockEmails } from '#lib/adapters/store/person';
import { Failure } from '#lib/base/failure';
import { authOf } from '#lib/recovery/access/auth-of';
import { beginSession } from '#lib/recovery/access/begin-session';
import { refuseGuessable } from '#lib/recovery/access/password-rules';
import { permit } from '#lib/recovery/access/permit';
import { mayApprove } from '#lib/recovery/access/policy';
import { keepPassword, Password } from '#lib/recovery/access/set-password';
import { countTry } from '#lib/recovery/access/sign-in-limit';
import { tellRefusal } from '#lib/recovery/access/tell-refusal';
import { freeName } from '#lib/recovery/people/free-name';
import type { Context } from '#lib/recovery/setup/context';

const open = (token: string) => ({
  tokenSha256: hashToken(token),
  acceptedAt: null,
  revokedAt: null,
  expiresAt: { gt: new Date() },
});
/** Whose invitation it is, or was, for the audit. */
const meant =
  ({ store }: Context, token: string) =>
  async (): Promise<string | null> => {
    const found = await store.invitation.findUnique({ where: { tokenSha256: hashToken(token) } });
    return found === null ? null : `invitation ${found.id}`;
  };
const gone = (): Failure =>
  new Failure('access.link_used', 'This invitation was used already, has expired or was withdrawn.', {
    fix: 'Ask whoever invited you for a new one.',
  });

export const LookInput = z.object({ token: z.string().max(200) });

/** What an invitation says to whoever has its link. Throws `access.link_used`, `access.too_many`. */
export async function lookAtInvitation(
  context: Context,
  { token }: z.output<typeof LookInput>,
): Promise<{ email: string; name: string; role: string }> {
  permit(context.actor, 'session.open');
  return tellRefusal(context, 'invitation', meant(context, token), async () => {
    const tried = await countTry(context, null);
    const found = await context.store.invitation.findFirst({ where: open(token) });
    if (found === null) throw gone();
    await tried.passed();
    return { email: found.email, name: found.name, role: found.role };
  });
}

export const AcceptInput = LookInput.extend({ password: Password });

/** Makes the person of an invitation, with their password, and signs them in. Once. Throws as lookAtInvitation does. */
export async function acceptInvitation(
  context: Context,
  { token, password }: z.output<typeof AcceptInput>,
  request: Request,
): Promise<Response> {
  permit(context.actor, 'session.open');
  return tellRefusal(context, 'invitation', meant(context, token), async () => {
    const tried = await countTry(context, null);
    const id = await makePerson(context, token, password);
    await tried.passed();
    return beginSession(context, { personId: id, linkBy: null }, request, {});
  });
}

async function makePerson(context: Context, token: string, password: string): Promise<string> {
  const { store, actor } = context;
  // a link that is over costs no slow hash
  if ((await store.invitation.count({ where: open(token) })) === 0) throw gone();
  const meant = await store.invitation.findFirst({ where: open(token) });
  if (meant !== null) refuseGuessable(password, [meant.email, meant.name]);
  const auth = await authOf(context).$context;
  const hash = await auth.password.hash(password);
  const id = randomUUID();
  await changeRecords(store, async (tx) => {
    const where = open(token);
    const found = await tx.invitation.findFirst({ where });
    const taken = await tx.invitation.updateMany({
      where,
      data: { acceptedAt: new Date(), acceptedBy: id },
    });
    if (found === null || taken.count === 0) throw gone();
    const { email, role } = found;
    await lockEmails(tx);
    if ((await tx.person.count({ where: { email } })) > 0) throw gone();
    const name = await freeName(tx, found.name);
    await tx.person.create({ data: { id, name, role, email, emailVerified: true } });
    await keepPassword(tx, id, hash);
    if (mayApprove(role)) await notifyOfApprover(tx, id, found.createdBy);
    await writeAudit(tx, {
      actor: { id, via: 'link', from: actor.from },
      action: 'invitation.accept',
      subject: `invitation ${found.id}`,
      detail: { email, name, role },
    });
  });
  return id;
}
