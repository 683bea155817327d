import { ChangeCommentInput, changeComment } from '#lib/recovery/comments/change-comment';
import { DeleteCommentInput, deleteComment } from '#lib/recovery/comments/delete-comment';
import { handler } from '#lib/recovery/http/http';

export const DELETE = handler(DeleteCommentInput, deleteComment);
export const PATCH = handler(ChangeCommentInput, changeComment);
