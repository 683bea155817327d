'use client';

import { useState } from 'react';
import { CommentForm } from '#components/comments/comment-form';
import { CommentMenu } from '#components/comments/comment-menu';
import { partsOf } from '#components/comments/mentions.ts';
import { useChangeComment } from '#components/comments/use-comments.ts';
import { Avatar } from '#components/ui/avatar';
import { TimeAgo, TimeAt } from '#components/ui/time-text';
import type { CommentView } from '#lib/compare/comment';

/** One comment: who, when, and what it says, as plain text; or that it was deleted. */
export function Comment({ comment, runId }: { comment: CommentView; runId: string }) {
  const [changing, setChanging] = useState(false);
  const { author, at, editedAt, deleted } = comment;
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 gap-y-1">
      <Avatar name={author} decorative />
      <div className="flex min-w-0 flex-wrap items-center gap-x-2">
        <span className="font-medium">{author}</span>
        <span className="text-text-3 text-xs">
          <TimeAgo iso={at} />
          {editedAt === null || deleted !== null ? null : ' · changed'}
        </span>
        {deleted !== null || changing ? null : (
          <CommentMenu comment={comment} runId={runId} onChange={() => setChanging(true)} />
        )}
      </div>
      <div className="col-start-2">
        {deleted !== null ? (
          <p className="text-text-3 italic">
            Comment deleted by {deleted.by} on <TimeAt iso={deleted.at} to="minute" />
          </p>
        ) : changing ? (
          <Change comment={comment} runId={runId} onClose={() => setChanging(false)} />
        ) : (
          <Body comment={comment} />
        )}
      </div>
    </div>
  );
}

type ChangeProps = { comment: CommentView; runId: string; onClose: () => void };

function Change({ comment, runId, onClose }: ChangeProps) {
  const change = useChangeComment(runId, comment.id);
  return (
    <CommentForm
      label="Your comment"
      verb="Save"
      autoFocus
      known={comment.body}
      busy={change.isPending}
      error={change.error}
      onSend={(text) => change.mutate(text, { onSuccess: onClose })}
      onCancel={onClose}
    />
  );
}

function Body({ comment: { body, mentions } }: { comment: CommentView }) {
  return (
    <p className="whitespace-pre-wrap text-pretty [overflow-wrap:anywhere]">
      {partsOf(body, mentions).map(({ at: from, text, isMention }) =>
        isMention ? (
          <span key={from} className="font-medium text-accent">
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </p>
  );
}
