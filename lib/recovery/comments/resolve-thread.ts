import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import type { ThreadView } from '#lib/compare/comment';
import { permit } from '#lib/recovery/access/permit';
import { readThread } from '#lib/recovery/comments/comment-record';
import type { Context } from '#lib/recovery/setup/context';

/** `id`: the first comment of the thread. */
export const ResolveThreadInput = z.object({ id: z.uuid(), resolved: z.boolean() });

/**
 * Says that a thread is settled, by whom and when, or opens it again. Asked again, it changes nothing. Answers the thread.
 * Failure not_found.
 */
export async function resolveThread(
  { store, actor }: Context,
  { id, resolved }: z.output<typeof ResolveThreadInput>,
): Promise<ThreadView> {
  permit(actor, 'comment.write');
  await changeRecords(store, async (tx) => {
    const { count } = await tx.comment.updateMany({
      where: { id, parentId: null, resolvedAt: resolved ? null : { not: null } },
      data: resolved
        ? { resolvedAt: new Date(), resolvedBy: actor.id }
        : { resolvedAt: null, resolvedBy: null },
    });
    const first = await tx.comment.findUnique({
      where: { id },
      select: { parentId: true, run: { select: { number: true, incidentId: true } } },
    });
    if (first === null || first.parentId !== null) throw new Failure('not_found', 'There is no such thread.');
    if (count === 0) return;
    await writeAudit(tx, {
      actor,
      action: resolved ? 'comment.resolve' : 'comment.reopen',
      incidentId: first.run.incidentId,
      subject: `comment ${id}`,
      detail: { run: first.run.number },
    });
  });
  return readThread(store, id, actor.id);
}
