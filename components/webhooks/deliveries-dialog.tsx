'use client';

import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { ErrorLine } from '#components/access/error-line';
import { apiErrorOf, getJson, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { countOf } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Pill } from '#components/ui/pill';
import { EmptyState, ErrorState } from '#components/ui/states';
import { Table, Td, Th, Tr } from '#components/ui/table';
import { TimeAgo, TimeAt } from '#components/ui/time-text';
import { answerWords, eventLabel, standingOf } from '#components/webhooks/words.ts';
import type { DeliveriesView, DeliveryView, WebhookView } from '#lib/patch/webhook-view';

const REFRESH_MS = 3_000;

/** What a webhook was told. Rendered while it is open. */
export function DeliveriesDialog({ webhook, onClose }: { webhook: WebhookView; onClose: () => void }) {
  const { id, name, isPaused } = webhook;
  const cache = useQueryClient();
  const key = ['webhooks', id, 'deliveries'];
  const found = useInfiniteQuery({
    queryKey: key,
    initialPageParam: '',
    queryFn: ({ signal, pageParam }) =>
      getJson<DeliveriesView>(
        `/api/v1/webhooks/${id}/deliveries${pageParam === '' ? '' : `?after=${pageParam}`}`,
        { signal },
      ),
    getNextPageParam: ({ next }) => next,
    refetchInterval: REFRESH_MS,
  });
  const resend = useMutation({
    mutationFn: (deliveryId: string) => postJson(`/api/v1/webhooks/${id}/deliveries/${deliveryId}`),
    onSettled: () => void cache.invalidateQueries({ queryKey: key }),
  });
  const rows = found.data?.pages.flatMap(({ deliveries }) => deliveries);
  return (
    <Dialog
      open
      size="lg"
      onOpenChange={(open) => (open ? null : onClose())}
      title={`Told to ${name}`}
      description="Kept for 90 days. What the receiver answers is not kept, only its status."
      actions={
        <>
          {found.hasNextPage ? (
            <Button busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              Show older ones
            </Button>
          ) : null}
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <ErrorLine error={resend.error} />
      {found.isError ? (
        <ErrorState compact error={apiErrorOf(found.error)} />
      ) : rows === undefined ? (
        <SkeletonRows rows={3} label="Reading what was told" />
      ) : rows.length === 0 ? (
        <EmptyState title="Nothing was told yet">
          What becomes of a patch from now on stands here, with how it arrived.
        </EmptyState>
      ) : (
        <Deliveries rows={rows} isPaused={isPaused} onResend={(delivery) => resend.mutate(delivery)} />
      )}
    </Dialog>
  );
}

type DeliveriesProps = {
  rows: readonly DeliveryView[];
  isPaused: boolean;
  onResend: (id: string) => void;
};

function Deliveries({ rows, isPaused, onResend }: DeliveriesProps) {
  return (
    <Table caption="Deliveries" density="list">
      <thead>
        <tr>
          <Th>What</Th>
          <Th className="max-md:hidden">When</Th>
          <Th>Standing</Th>
          <Th className="max-md:hidden">Tries</Th>
          <Th className="max-md:hidden">Last answer</Th>
          <Th>
            <span className="sr-only">Send again</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const { id, event, patch, at, attempts, nextAt } = row;
          const { label, tone } = standingOf(row);
          return (
            <Tr key={id}>
              <Td className="max-md:whitespace-normal max-md:py-2">
                <span className="block font-medium">{eventLabel(event)}</span>
                {patch === null ? null : (
                  <span className="block text-text-3 text-xs">
                    Patch {patch.number} of INC-{patch.incident}
                  </span>
                )}
                {/* on a phone there is no room for columns of their own */}
                <span className="block text-text-3 text-xs md:hidden">
                  <TimeAgo iso={at} />
                  {attempts === 0 ? null : `, ${countOf(attempts, 'try', 'tries')}: ${answerWords(row)}`}
                </span>
              </Td>
              <Td className="text-text-2 max-md:hidden">
                <TimeAgo iso={at} />
              </Td>
              <Td>
                <Pill tone={tone}>{label}</Pill>
              </Td>
              <Td className="text-text-2 max-md:hidden">{attempts}</Td>
              <Td className="text-text-2 max-md:hidden">
                {answerWords(row)}
                {nextAt === null || attempts === 0 ? null : (
                  <span className="block text-text-3 text-xs">
                    again at <TimeAt iso={nextAt} />
                  </span>
                )}
              </Td>
              <Td className="text-right">
                <Button
                  size="sm"
                  aria-label={`Send again: ${eventLabel(event)}`}
                  disabledReason={isPaused ? 'Resume the webhook first.' : null}
                  onClick={() => onResend(id)}
                >
                  Send again
                </Button>
              </Td>
            </Tr>
          );
        })}
      </tbody>
    </Table>
  );
}
