import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { notifyOfComment } from '#lib/adapters/store/notify';
import { Failure } from '#lib/base/failure';
import { EDIT_MINUTES, type ThreadView } from '#lib/compare/comment';
import { permit } from '#lib/recovery/access/permit';
import { CommentText, checkMentions, readThread } from '#lib/recovery/comments/comment-record';
import type { Context } from '#lib/recovery/setup/context';

export const ChangeCommentInput = CommentText.extend({ id: z.uuid() });

/**
 * Changes what an own comment says, within 15 minutes. Who is mentioned only now is told. Answers its thread. Failures:
 * not_found, access.forbidden (somebody else's), conflict (too late; deleted), request.invalid (mentions).
 */
export async function changeComment(
  { store, actor }: Context,
  { id, body, mentions: asked }: z.output<typeof ChangeCommentInput>,
): Promise<ThreadView> {
  permit(actor, 'comment.write');
  const first = await changeRecords(store, async (tx) => {
    const mentions = await checkMentions(tx, asked);
    const now = new Date();
    const { count } = await tx.comment.updateMany({
      where: {
        id,
        author: actor.id,
        deletedAt: null,
        createdAt: { gt: new Date(now.getTime() - EDIT_MINUTES * 60_000) },
      },
      data: { body, editedAt: now },
    });
    const comment = await tx.comment.findUnique({
      where: { id },
      include: { mentions: true, run: { select: { number: true, incidentId: true } } },
    });
    if (comment === null) throw new Failure('not_found', 'There is no such comment.');
    if (comment.deletedAt !== null) throw new Failure('conflict', 'This comment was deleted.');
    if (count === 0) throw refusal(comment.author === actor.id);
    const before = new Set(comment.mentions.map(({ personId }) => personId));
    await tx.commentMention.deleteMany({ where: { commentId: id, personId: { notIn: mentions } } });
    const added = mentions.filter((personId) => !before.has(personId));
    await tx.commentMention.createMany({ data: added.map((personId) => ({ commentId: id, personId })) });
    await notifyOfComment(tx, 'mentioned', id, added, actor.id);
    await writeAudit(tx, {
      actor,
      action: 'comment.change',
      incidentId: comment.run.incidentId,
      subject: `comment ${id}`,
      detail: { run: comment.run.number, mentions },
    });
    return comment.parentId ?? id;
  });
  return readThread(store, first, actor.id);
}

const refusal = (isOwn: boolean): Failure =>
  isOwn
    ? new Failure('conflict', `A comment can be changed for ${EDIT_MINUTES} minutes, and these are over.`, {
        fix: 'Write another one.',
      })
    : new Failure('access.forbidden', 'Only who wrote a comment may change it.', {
        fix: 'Answer it instead.',
      });
