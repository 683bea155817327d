'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { apiErrorOf } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { PageHeader } from '#components/ui/page';
import { ErrorState, Notice } from '#components/ui/states';

type ListFrameProps<T> = {
  title: string;
  /** The one thing that is added here. */
  add: { words: string; onPress: () => void };
  query: UseQueryResult<T>;
  /** `Reading the tokens` */
  reading: string;
  /** What opens over the page, and what went wrong in it. */
  over: ReactNode;
  children: (data: T) => ReactNode;
};

/** Instead of the list, to whom it is not shown: what it would take. */
export function Refused({ title, children }: { title: string; children: string }) {
  return (
    <>
      <PageHeader title={title} size="xl" />
      <Card>
        <Notice tone="neutral">{children}</Notice>
      </Card>
    </>
  );
}

/** A settings page that lists what an installation has: its head, then the list, or why it is not there. */
export function ListFrame<T>({ title, add, query, reading, over, children }: ListFrameProps<T>) {
  return (
    <>
      <PageHeader
        title={title}
        size="xl"
        actions={
          <Button variant="primary" icon="plus" onClick={add.onPress}>
            {add.words}
          </Button>
        }
      />
      {over}
      {query.data !== undefined ? (
        children(query.data)
      ) : query.isError ? (
        <ErrorState
          error={apiErrorOf(query.error)}
          actions={<Button onClick={() => void query.refetch()}>Try again</Button>}
        />
      ) : (
        <SkeletonRows rows={3} label={reading} />
      )}
    </>
  );
}
