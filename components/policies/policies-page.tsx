'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMayNot } from '#components/access/use-me.ts';
import { PoliciesForm } from '#components/policies/policies-form';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { PageHeader } from '#components/ui/page';
import { ErrorState, Notice } from '#components/ui/states';
import type { PoliciesView } from '#lib/patch/policies';

const KEY = ['policies'];

/** What an approval needs: everyone may read it, an admin changes it. */
export function PoliciesPage() {
  const refusal = useMayNot('policy.change', 'change them');
  const cache = useQueryClient();
  const policies = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => getJson<PoliciesView>('/api/v1/policies', { signal }),
  });
  return (
    <>
      <PageHeader title="Policies" size="xl" />
      <div className="grid max-w-3xl gap-4">
        {refusal === null ? null : (
          <Card>
            <Notice tone="neutral">You can view the policies. {refusal}</Notice>
          </Card>
        )}
        {policies.data !== undefined ? (
          <PoliciesForm
            key={policies.data.revision}
            policies={policies.data}
            refusal={refusal}
            onSaved={(view) => cache.setQueryData(KEY, view)}
            onReload={() => void policies.refetch()}
          />
        ) : (
          <Card>
            {policies.isError ? (
              <ErrorState
                title="Can't show the policies."
                error={apiErrorOf(policies.error)}
                actions={<Button onClick={() => void policies.refetch()}>Try again</Button>}
              />
            ) : (
              <SkeletonRows rows={4} label="Reading the policies" />
            )}
          </Card>
        )}
      </div>
    </>
  );
}
