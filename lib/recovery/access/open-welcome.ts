import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { hashToken } from '#lib/adapters/store/auth-records';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import { type Admitted, beginSession } from '#lib/recovery/access/begin-session';
import { permit } from '#lib/recovery/access/permit';
import { countTry } from '#lib/recovery/access/sign-in-limit';
import { tellRefusal } from '#lib/recovery/access/tell-refusal';
import type { Context } from '#lib/recovery/setup/context';

export const WelcomeInput = z.object({ token: z.string().max(200) });

/** Exchanges a sign-in link for a session: once, within its time. One that another person made proves nothing. Throws `access.link_used`, `access.too_many`. */
export async function openWelcome(
  context: Context,
  { token }: z.output<typeof WelcomeInput>,
  request: Request,
): Promise<Response> {
  permit(context.actor, 'session.open');
  const tokenSha256 = hashToken(token);
  const meant = async () => {
    const link = await context.store.signInLink.findUnique({ where: { tokenSha256 } });
    return link === null ? null : `person ${link.personId}`;
  };
  return tellRefusal(context, 'link', meant, async () => {
    const tried = await countTry(context, null);
    const admitted = await useLink(context, tokenSha256);
    await tried.passed();
    return beginSession(context, admitted, request, {});
  });
}

/** Whose link it is; from now on it is used. */
async function useLink({ store, actor }: Context, tokenSha256: string): Promise<Admitted> {
  const now = new Date();
  return changeRecords(store, async (tx) => {
    const where = { tokenSha256, usedAt: null, expiresAt: { gt: now } };
    const link = await tx.signInLink.findFirst({ where: { ...where, person: { disabledAt: null } } });
    const { count } = await tx.signInLink.updateMany({ where, data: { usedAt: now } });
    if (link === null || count === 0)
      throw new Failure('access.link_used', 'This sign-in link was used already or has expired.');
    await writeAudit(tx, {
      actor: { id: link.personId, via: 'link', from: actor.from },
      action: 'sign_in_link.use',
      subject: `person ${link.personId}`,
      detail: { link: link.id },
    });
    return { personId: link.personId, linkBy: link.madeBy };
  });
}
