import type { Store } from '#lib/adapters/store/client';

/**
 * Notes a try to sign in and counts those of the subject within the window, up to this one: what is tried after it takes it no
 * turn. Older ones are forgotten.
 */
export async function noteTry(
  store: Store,
  subject: string,
  windowMs: number,
): Promise<{ readonly id: bigint; readonly count: number }> {
  const since = new Date(Date.now() - windowMs);
  const { id } = await store.signInTry.create({ data: { subject }, select: { id: true } });
  await store.signInTry.deleteMany({ where: { at: { lt: since } } });
  return {
    id,
    count: await store.signInTry.count({ where: { subject, at: { gte: since }, id: { lte: id } } }),
  };
}

/** Takes tries back that went well. */
export async function forgetTry(store: Store, ids: readonly bigint[]): Promise<void> {
  await store.signInTry.deleteMany({ where: { id: { in: [...ids] } } });
}

const KNOWN_MS = 90 * 24 * 3_600_000;

/** Whether the person of this e-mail has signed in from this address lately; the audit is the witness. */
export async function hasComeInFrom(store: Store, email: string, address: string): Promise<boolean> {
  const person = await store.person.findUnique({ where: { email }, select: { id: true } });
  if (person === null) return false;
  const at = { gte: new Date(Date.now() - KNOWN_MS) };
  const where = { actor: person.id, action: 'session.open', address, at };
  return (await store.audit.findFirst({ where, select: { seq: true } })) !== null;
}
