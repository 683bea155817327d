import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import type { ThreadView } from '#lib/compare/comment';
import { permit } from '#lib/recovery/access/permit';
import { readThread } from '#lib/recovery/comments/comment-record';
import type { Context } from '#lib/recovery/setup/context';

export const DeleteCommentInput = z.object({ id: z.uuid() });

/**
 * Erases what an own comment says, and whom it mentions; an admin anybody's. That it stood there, who deleted it and when
 * stays. Asked again, it changes nothing. Answers its thread. Failures: not_found, access.forbidden (somebody else's).
 */
export async function deleteComment(
  { store, actor }: Context,
  { id }: z.output<typeof DeleteCommentInput>,
): Promise<ThreadView> {
  permit(actor, 'comment.write');
  const first = await changeRecords(store, async (tx) => {
    const comment = await tx.comment.findUnique({
      where: { id },
      select: { author: true, parentId: true, run: { select: { number: true, incidentId: true } } },
    });
    if (comment === null) throw new Failure('not_found', 'There is no such comment.');
    if (comment.author !== actor.id) permit(actor, 'comment.delete_any');
    const { count } = await tx.comment.updateMany({
      where: { id, deletedAt: null },
      data: { body: null, deletedBy: actor.id, deletedAt: new Date() },
    });
    if (count === 1) {
      await tx.commentMention.deleteMany({ where: { commentId: id } });
      await writeAudit(tx, {
        actor,
        action: 'comment.remove',
        incidentId: comment.run.incidentId,
        subject: `comment ${id}`,
        detail: { run: comment.run.number, author: comment.author },
      });
    }
    return comment.parentId ?? id;
  });
  return readThread(store, first, actor.id);
}
