'use client';

import { useState } from 'react';
import { CommentForm } from '#components/comments/comment-form';
import { ThreadList } from '#components/comments/thread-list';
import { isAbout, useAddComment, useThreads } from '#components/comments/use-comments.ts';
import { errorLine } from '#components/compare/use-run.ts';
import { Button } from '#components/ui/button';
import { Notice } from '#components/ui/states';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';

/** In a row's panel: what was said about the row in this preview and in those before it. */
export function RowComments({ runId, row }: { runId: string; row: DiscrepancyRow }) {
  const [writing, setWriting] = useState(false);
  const query = useThreads(runId);
  const add = useAddComment(runId, { run: runId, row: row.row });
  const threads = (query.data?.threads ?? []).filter((thread) => isAbout(thread, row));
  return (
    <section aria-label="Comments on this row" className="border-line border-b">
      <ThreadList threads={threads} runId={runId} />
      {query.isError ? (
        <Notice
          tone="danger"
          actions={
            <Button size="sm" onClick={() => void query.refetch()}>
              Try again
            </Button>
          }
        >
          {errorLine(query.error)}
        </Notice>
      ) : null}
      <div className="px-3.5 py-2.5">
        {writing ? (
          <CommentForm
            label="Comment on this row"
            verb="Comment"
            autoFocus
            busy={add.isPending}
            error={add.error}
            onSend={(text) => add.mutate(text, { onSuccess: () => setWriting(false) })}
            onCancel={() => setWriting(false)}
          />
        ) : (
          <Button size="sm" icon="comment" onClick={() => setWriting(true)}>
            Comment
          </Button>
        )}
      </div>
    </section>
  );
}
