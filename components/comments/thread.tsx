'use client';

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Comment } from '#components/comments/comment';
import { CommentForm } from '#components/comments/comment-form';
import { useAddComment, useResolve } from '#components/comments/use-comments.ts';
import { errorLine } from '#components/compare/use-run.ts';
import { Button } from '#components/ui/button';
import { TimeAgo } from '#components/ui/time-text';
import type { ThreadView } from '#lib/compare/comment';

type ThreadProps = {
  thread: ThreadView;
  /** The preview that is shown. */
  runId: string;
  /** Above it: which row it is about. */
  about?: ReactNode;
};

/** What was said first, the answers, and whether it is settled. The address may point at it. */
export function Thread({ thread, runId, about }: ThreadProps) {
  const { first, answers, resolved, run } = thread;
  const [answering, setAnswering] = useState(false);
  const answer = useAddComment(runId, { answers: first.id });
  const resolve = useResolve(runId, first.id);
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    if (window.location.hash === `#thread-${first.id}`) frame.current?.scrollIntoView({ block: 'center' });
  }, [first.id]);
  return (
    <article
      ref={frame}
      id={`thread-${first.id}`}
      aria-label={`Comment of ${first.author}`}
      className="grid gap-2.5 px-3.5 py-3 target:bg-selected"
    >
      {about === undefined && run.id === runId ? null : (
        <p className="flex min-w-0 flex-wrap items-baseline gap-x-2 text-text-3 text-xs">
          {about}
          {run.id === runId ? null : <span>from preview {run.number}</span>}
        </p>
      )}
      <Comment comment={first} runId={runId} />
      {answers.length === 0 ? null : (
        <ul aria-label="Answers" className="ml-[11px] grid gap-2.5 border-line-2 border-l pl-3.5">
          {answers.map((one) => (
            <li key={one.id}>
              <Comment comment={one} runId={runId} />
            </li>
          ))}
        </ul>
      )}
      {answering ? (
        <CommentForm
          label="Your answer"
          verb="Answer"
          autoFocus
          busy={answer.isPending}
          error={answer.error}
          onSend={(text) => answer.mutate(text, { onSuccess: () => setAnswering(false) })}
          onCancel={() => setAnswering(false)}
        />
      ) : (
        <div className="flex flex-wrap items-center gap-1.5">
          <Button size="sm" onClick={() => setAnswering(true)}>
            Answer
          </Button>
          <Button
            size="sm"
            icon={resolved === null ? 'check' : 'undo'}
            busy={resolve.isPending}
            onClick={() => resolve.mutate(resolved === null)}
          >
            {resolved === null ? 'Resolve' : 'Open again'}
          </Button>
          {resolved === null ? null : (
            <span className="text-text-3 text-xs">
              Resolved by {resolved.by} <TimeAgo iso={resolved.at} />
            </span>
          )}
        </div>
      )}
      {resolve.isError ? (
        <p role="alert" className="text-danger text-xs">
          {errorLine(resolve.error)}
        </p>
      ) : null}
    </article>
  );
}
