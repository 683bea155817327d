import { AddCommentInput, addComment } from '#lib/recovery/comments/add-comment';
import { CommentsInput, listComments } from '#lib/recovery/comments/list-comments';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(CommentsInput, listComments);
export const POST = handler(AddCommentInput, addComment, { status: 201 });
