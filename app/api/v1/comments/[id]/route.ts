import { ChangeCommentInput, changeComment } from '#lib/recovery/comments/change-comment';
import { handler } from '#lib/recovery/http/http';

export const PATCH = handler(ChangeCommentInput, changeComment);
