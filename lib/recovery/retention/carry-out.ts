import { writeAudit } from '#lib/adapters/store/audit';
import { isReading } from '#lib/adapters/store/erasures';
import { goingOf, measure, removeAll, stagedOf } from '#lib/recovery/retention/erasure-files';
import type { Context } from '#lib/recovery/setup/context';

type Erasing = Pick<Context, 'store' | 'env'>;
/** Where a test ends the process. */
export type Step = 'marked' | 'counted' | 'removed';

/**
 * Removes the files of an erasure that was marked, and marks it done. Killed at any point nothing is lost: what is to go is
 * told by the records, and the next start goes on. Staged events wait until nothing is read. Answers whether it is done.
 */
export async function carryOut(
  { store, env }: Erasing,
  id: string,
  passed: (step: Step) => void = () => {},
): Promise<boolean> {
  const erasure = await store.erasure.findUniqueOrThrow({ where: { id } });
  const { incidentId, doneAt, scope } = erasure;
  if (doneAt !== null) return true;
  passed('marked');
  const own = await goingOf({ store, env }, incidentId);
  const staged = stagedOf(env, erasure.staged);
  // what an earlier try counted stands: it removed some of it since
  if (erasure.files === null)
    await store.erasure.updateMany({ where: { id, files: null }, data: await measure([...own, ...staged]) });
  passed('counted');
  await removeAll(own);
  if (staged.length > 0 && (await isReading(store))) return false;
  await removeAll(staged);
  passed('removed');
  await store.$transaction(async (tx) => {
    const { count } = await tx.erasure.updateMany({
      where: { id, doneAt: null },
      data: { doneAt: new Date() },
    });
    if (count === 0) return; // somebody else went on with it
    const { files, bytes } = await tx.erasure.findUniqueOrThrow({ where: { id } });
    await writeAudit(tx, {
      actor: 'recount',
      action: 'incident.erased',
      incidentId,
      subject: `incident ${incidentId}`,
      detail: { scope, files: files ?? 0, bytes: Number(bytes ?? 0) },
    });
  });
  return true;
}

/** Goes on with erasures that were broken off, or had to wait. Answers how many came to their end. */
export async function resumeErasures(context: Erasing): Promise<number> {
  const begun = await context.store.erasure.findMany({
    where: { doneAt: null },
    orderBy: { requestedAt: 'asc' },
    select: { id: true },
  });
  let done = 0;
  for (const { id } of begun) if (await carryOut(context, id)) done += 1;
  return done;
}
