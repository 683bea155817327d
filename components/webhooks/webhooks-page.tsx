'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { Refused } from '#components/access/list-frame';
import { useMayNot } from '#components/access/use-me.ts';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { PageHeader } from '#components/ui/page';
import { EmptyState, ErrorState, Notice } from '#components/ui/states';
import { WebhookCard } from '#components/webhooks/webhook-card';
import { WebhookDialog } from '#components/webhooks/webhook-dialog';
import type { WebhooksView } from '#lib/patch/webhook-view';

const KEY = ['webhooks'];
const REFRESH_MS = 10_000;
const OFF = 'Webhooks are off: no host is allowed.';

/** Which programs are told what becomes of patches. */
export function WebhooksPage() {
  const refusal = useMayNot('webhook.change', 'see or change webhooks');
  const cache = useQueryClient();
  // the way here from a notification
  const told = useSearchParams().get('deliveries');
  const [isAdding, setAdding] = useState(false);
  const found = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => getJson<WebhooksView>('/api/v1/webhooks', { signal }),
    enabled: refusal === null,
    refetchInterval: REFRESH_MS,
  });
  const reload = () => void cache.invalidateQueries({ queryKey: KEY });
  if (refusal !== null) return <Refused title="Webhooks">{refusal}</Refused>;
  const { data } = found;
  const isOff = data !== undefined && data.hosts.length === 0;
  return (
    <>
      <PageHeader
        title="Webhooks"
        size="xl"
        actions={
          <Button
            variant="primary"
            icon="plus"
            disabledReason={isOff ? OFF : data === undefined ? 'The webhooks are being read.' : null}
            onClick={() => setAdding(true)}
          >
            Add webhook
          </Button>
        }
      />
      {isAdding && data !== undefined ? (
        <WebhookDialog webhook={null} hosts={data.hosts} onClose={() => setAdding(false)} onSaved={reload} />
      ) : null}
      {data === undefined ? (
        found.isError ? (
          <ErrorState
            error={apiErrorOf(found.error)}
            actions={<Button onClick={() => found.refetch()}>Try again</Button>}
          />
        ) : (
          <SkeletonRows rows={3} label="Reading the webhooks" />
        )
      ) : (
        <div className="grid gap-4">
          {isOff ? <Off /> : null}
          {data.webhooks.map((webhook) => (
            <WebhookCard
              key={webhook.id}
              webhook={webhook}
              hosts={data.hosts}
              isPointedAt={webhook.id === told}
              onChanged={reload}
            />
          ))}
          {data.webhooks.length === 0 && !isOff ? (
            <Card aria-label="Webhooks">
              <EmptyState title="No webhooks yet">
                A webhook tells a chat or another program when a patch waits for approval, is applied, or has
                an alarm.
              </EmptyState>
            </Card>
          ) : null}
        </div>
      )}
    </>
  );
}

function Off() {
  return (
    <Card aria-label="How to allow webhooks">
      <Notice tone="neutral">
        {OFF} Whoever runs Recount lists the hosts in the setting <code>RECOUNT_WEBHOOK_HOSTS</code>, for
        example <code>hooks.slack.com</code>, and starts it again.
      </Notice>
    </Card>
  );
}
