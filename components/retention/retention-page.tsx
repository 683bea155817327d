'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMayNot } from '#components/access/use-me.ts';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { KeptList } from '#components/retention/kept-list';
import { RetentionForm } from '#components/retention/retention-form';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { PageHeader } from '#components/ui/page';
import { ErrorState, Notice } from '#components/ui/states';
import type { RetentionView } from '#lib/incident/retention';

const KEY = ['retention'];
/** While files of an erasure are still being removed. */
const POLL_MS = 5_000;

/** How long what Recount keeps stays, and what is kept now: everyone may read it, an admin changes and erases. */
export function RetentionPage() {
  const cache = useQueryClient();
  const refusal = useMayNot('retention.change', 'change it');
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => getJson<RetentionView>('/api/v1/retention', { signal }),
    refetchInterval: ({ state }) =>
      state.data?.incidents.some(({ erased }) => erased !== null && erased.doneAt === null) ? POLL_MS : false,
  });
  const view = query.data;
  return (
    <>
      <PageHeader title="Retention" size="xl" />
      <div className="grid max-w-3xl gap-4">
        {refusal === null ? null : (
          <Card>
            <Notice tone="neutral">You can view what is kept. {refusal}</Notice>
          </Card>
        )}
        {view !== undefined ? (
          <>
            <RetentionForm
              key={view.revision}
              view={view}
              refusal={refusal}
              onSaved={(saved) => cache.setQueryData(KEY, saved)}
              onReload={() => void query.refetch()}
            />
            <KeptList view={view} onErased={() => void query.refetch()} />
          </>
        ) : (
          <Card>
            {query.isError ? (
              <ErrorState
                title="Can't show what is kept."
                error={apiErrorOf(query.error)}
                actions={<Button onClick={() => void query.refetch()}>Try again</Button>}
              />
            ) : (
              <SkeletonRows rows={6} label="Measuring what is kept" />
            )}
          </Card>
        )}
      </div>
    </>
  );
}
