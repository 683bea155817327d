import type { Store } from '#lib/adapters/store/client';

/** Notes a try to sign in and counts those of the subject within the window, this one too. Older ones are forgotten. */
export async function noteTry(
  store: Store,
  subject: string,
  windowMs: number,
): Promise<{ readonly id: bigint; readonly count: number }> {
  const since = new Date(Date.now() - windowMs);
  const { id } = await store.signInTry.create({ data: { subject }, select: { id: true } });
  await store.signInTry.deleteMany({ where: { at: { lt: since } } });
  return { id, count: await store.signInTry.count({ where: { subject, at: { gte: since } } }) };
}

/** Takes tries back that went well. */
export async function forgetTry(store: Store, ids: readonly bigint[]): Promise<void> {
  await store.signInTry.deleteMany({ where: { id: { in: [...ids] } } });
}
