'use client';

import { useState } from 'react';
import { CommentForm } from '#components/comments/comment-form';
import { partsOf } from '#components/comments/mentions.ts';
import { useChangeComment } from '#components/comments/use-comments.ts';
import { Avatar } from '#components/ui/avatar';
import { Button } from '#components/ui/button';
import { useNow } from '#components/ui/clock.ts';
import { TimeAgo } from '#components/ui/time-text';
import type { CommentView } from '#lib/compare/comment';

/** One comment: who, when, and what it says, as plain text. Its author may change it for a while. */
export function Comment({ comment, runId }: { comment: CommentView; runId: string }) {
  const [changing, setChanging] = useState(false);
  const change = useChangeComment(runId, comment.id);
  const now = useNow();
  const { author, at, editedAt, editableUntil, body, mentions } = comment;
  const isEditable = editableUntil !== null && now !== null && Date.parse(editableUntil) > now;
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 gap-y-1">
      <Avatar name={author} decorative />
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{author}</span>
        <span className="text-text-3 text-xs">
          <TimeAgo iso={at} />
          {editedAt === null ? null : ' · changed'}
        </span>
        {isEditable && !changing ? (
          <Button
            size="sm"
            variant="ghost"
            className="ml-auto"
            aria-label="Change your comment"
            onClick={() => setChanging(true)}
          >
            Change
          </Button>
        ) : null}
      </div>
      <div className="col-start-2">
        {changing ? (
          <CommentForm
            label="Your comment"
            verb="Save"
            autoFocus
            known={body}
            busy={change.isPending}
            error={change.error}
            onSend={(text) => change.mutate(text, { onSuccess: () => setChanging(false) })}
            onCancel={() => setChanging(false)}
          />
        ) : (
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
        )}
      </div>
    </div>
  );
}
