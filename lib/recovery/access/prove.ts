import { z } from 'zod';
import { PASSWORD_LENGTH } from '#lib/adapters/auth/auth';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import { authOf } from '#lib/recovery/access/auth-of';
import { permit } from '#lib/recovery/access/permit';
import { countTry } from '#lib/recovery/access/sign-in-limit';
import { tellRefusal } from '#lib/recovery/access/tell-refusal';
import type { Context } from '#lib/recovery/setup/context';

export const ProveInput = z.object({ password: z.string().max(PASSWORD_LENGTH.most) });

/** Shows by the password that it is still the same person. Throws `access.sign_in_failed`, `access.too_many`. */
export async function prove(
  context: Context,
  { password }: z.output<typeof ProveInput>,
): Promise<{ provedAt: string }> {
  permit(context.actor, 'me.change');
  const { store, actor } = context;
  await tellRefusal(
    context,
    'proof',
    async () => `person ${actor.id}`,
    () => checkPassword(context, password),
  );
  const provedAt = new Date();
  await changeRecords(store, async (tx) => {
    await tx.session.updateMany({
      where: { id: actor.from.session ?? '' },
      data: { provedAt, provedHow: 'password', linkBy: null },
    });
    await writeAudit(tx, {
      actor,
      action: 'session.prove',
      subject: `session ${actor.from.session}`,
      detail: { how: 'password' },
    });
  });
  return { provedAt: provedAt.toISOString() };
}

async function checkPassword(context: Context, password: string): Promise<void> {
  const { store, actor } = context;
  const tried = await countTry(context, { person: actor.id });
  const account = await store.account.findFirst({ where: { userId: actor.id, providerId: 'credential' } });
  const auth = await authOf(context).$context;
  const hash = account?.password ?? null;
  if (hash === null || !(await auth.password.verify({ hash, password })))
    throw new Failure('access.sign_in_failed', 'The password is wrong.', { fix: 'Enter it again.' });
  await tried.passed();
}
