'use client';

import Link from 'next/link';
import { useId, useState } from 'react';
import { CommentForm } from '#components/comments/comment-form';
import { ThreadList } from '#components/comments/thread-list';
import { useAddComment, useThreads } from '#components/comments/use-comments.ts';
import { bucketText } from '#components/compare/column-text.ts';
import { keyText } from '#components/compare/kinds.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { countOf, formatCount } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { ErrorState } from '#components/ui/states';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import { isOpenThread, type ThreadView } from '#lib/compare/comment';

type CardProps = {
  runId: string;
  /** Also those about its rows, with a way to them. Where the rows are beside it, they show their own. */
  withRows?: boolean;
};

/** What was said about a preview. */
export function CommentsCard({ runId, withRows = false }: CardProps) {
  const titleId = useId();
  const query = useThreads(runId);
  const data = query.data;
  const shown = (data?.threads ?? []).filter(({ row }) => withRows || row === null);
  const open = shown.filter(isOpenThread).length;
  const onRows = withRows
    ? 0
    : (data?.threads.filter((one) => one.row !== null && isOpenThread(one)).length ?? 0);
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title="Comments"
        titleId={titleId}
        meta={onRows === 0 ? null : `${countOf(onRows, 'open thread', 'open threads')} on rows`}
        actions={open === 0 ? null : <span className="text-text-3 text-xs">{formatCount(open)} open</span>}
      />
      {query.isError ? (
        <ErrorState
          compact
          error={apiErrorOf(query.error)}
          title="Can't show the comments."
          actions={<Button onClick={() => void query.refetch()}>Try again</Button>}
        />
      ) : data === undefined ? (
        <SkeletonRows rows={2} label="Reading the comments" />
      ) : (
        <>
          {data.isCut ? (
            <CardBody className="text-text-3 text-xs">Older threads are not shown.</CardBody>
          ) : null}
          <ThreadList
            threads={shown}
            runId={runId}
            aboutOf={(thread) => (thread.row === null ? undefined : <RowLink thread={thread} />)}
          />
          <NewThread runId={runId} />
        </>
      )}
    </Card>
  );
}

function RowLink({ thread: { row, run, first } }: { thread: ThreadView }) {
  const { reference } = useIncident();
  const { zone } = useTimelineChoice();
  if (row === null) return null;
  return (
    <span className="min-w-0 truncate">
      Row{' '}
      <Link
        href={`/incidents/${reference}/preview?run=${run.id}&key=${row.place}#thread-${first.id}`}
        className="font-mono text-accent underline underline-offset-2"
      >
        {keyText(row)}
        {row.bucket === null ? '' : ` · ${bucketText(row.bucket, zone)}`}
      </Link>
    </span>
  );
}

function NewThread({ runId }: { runId: string }) {
  // what was sent is gone from the form
  const [sent, setSent] = useState(0);
  const add = useAddComment(runId, { run: runId });
  return (
    <CardBody className="border-line border-t first:border-t-0">
      <CommentForm
        key={sent}
        label="Comment on this preview"
        verb="Comment"
        busy={add.isPending}
        error={add.error}
        onSend={(text) => add.mutate(text, { onSuccess: () => setSent(sent + 1) })}
      />
    </CardBody>
  );
}
