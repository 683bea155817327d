'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { ProofOrError } from '#components/access/prove-form';
import { postJson } from '#components/query/api.ts';
import { Button, IconButton } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Dialog } from '#components/ui/dialog';
import { countOf } from '#components/ui/format.ts';
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu';
import { Pill, Tag } from '#components/ui/pill';
import { Notice } from '#components/ui/states';
import { TimeAgo } from '#components/ui/time-text';
import { useToast } from '#components/ui/toast';
import { DeliveriesDialog } from '#components/webhooks/deliveries-dialog';
import { NewSecretDialog, OldSecretNotice } from '#components/webhooks/new-secret';
import { WebhookDialog } from '#components/webhooks/webhook-dialog';
import { answerWords, EVENT_LABELS, eventLabel, standingOf } from '#components/webhooks/words.ts';
import { PATCH_EVENTS } from '#lib/patch/patch-events';
import type { WebhookView } from '#lib/patch/webhook-view';

type Open = 'change' | 'deliveries' | 'secret' | 'remove' | null;
type WebhookCardProps = {
  webhook: WebhookView;
  hosts: readonly string[];
  /** Somebody comes to see what it was told. */
  isPointedAt: boolean;
  onChanged: () => void;
};

/** One webhook: where it leads, what it is told, how the last message arrived. */
export function WebhookCard({ webhook, hosts, isPointedAt, onChanged }: WebhookCardProps) {
  const { id, name, host, events, isPaused, isLost } = webhook;
  const [open, setOpen] = useState<Open>(null);
  const { notify } = useToast();
  const at = `/api/v1/webhooks/${id}`;
  const test = useMutation({
    mutationFn: () => postJson(`${at}/test`),
    onSuccess: () => setOpen('deliveries'),
    onSettled: onChanged,
  });
  const pause = useMutation({
    mutationFn: () => postJson(at, { isPaused: !isPaused }, { method: 'PATCH' }),
    onSettled: onChanged,
  });
  const remove = useMutation({
    mutationFn: () => postJson(at, {}, { method: 'DELETE' }),
    onSuccess: () => {
      notify({ title: `${name} was removed` });
      onChanged();
    },
  });
  // also where the page is open already when somebody comes
  useEffect(() => {
    if (isPointedAt) setOpen('deliveries');
  }, [isPointedAt]);
  const close = (): void => {
    setOpen(null);
    if (isPointedAt) window.history.replaceState(null, '', '/settings/webhooks');
  };
  return (
    <Card labelledBy={`webhook-${id}`}>
      <CardHeader
        titleId={`webhook-${id}`}
        title={name}
        meta={
          <>
            <span className="[overflow-wrap:anywhere]">{host}</span>
            {isPaused ? <Pill tone="warn">paused</Pill> : null}
          </>
        }
        actions={
          <>
            <Button size="sm" onClick={() => setOpen('deliveries')}>
              Deliveries
            </Button>
            <Button
              size="sm"
              busy={test.isPending}
              disabledReason={isPaused ? 'Resume it first.' : null}
              onClick={() => test.mutate()}
            >
              Send a test
            </Button>
            <Menu trigger={<IconButton icon="more" label={`More for ${name}`} size="sm" />}>
              <MenuItem onSelect={() => setOpen('change')}>Change</MenuItem>
              <MenuItem onSelect={() => pause.mutate()}>{isPaused ? 'Resume' : 'Pause'}</MenuItem>
              <MenuItem onSelect={() => setOpen('secret')}>New secret</MenuItem>
              <MenuSeparator />
              <MenuItem danger onSelect={() => setOpen('remove')}>
                Remove
              </MenuItem>
            </Menu>
          </>
        }
      />
      {isLost ? (
        <Notice tone="danger">
          Its address and secret cannot be opened: the key is another one. Enter the address again.
        </Notice>
      ) : null}
      <GivenUp webhook={webhook} onShow={() => setOpen('deliveries')} />
      <OldSecretNotice webhook={webhook} onEnded={onChanged} />
      <CardBody className="grid gap-2">
        <ErrorLine error={test.error} />
        <ProofOrError error={pause.error} onProved={() => pause.mutate()} />
        <p className="flex flex-wrap gap-1">
          {events.length === PATCH_EVENTS.length ? (
            <Tag>Everything that becomes of a patch</Tag>
          ) : (
            events.map((event) => <Tag key={event}>{EVENT_LABELS[event]}</Tag>)
          )}
        </p>
        <Last webhook={webhook} />
      </CardBody>
      {open === 'change' ? (
        <WebhookDialog webhook={webhook} hosts={hosts} onClose={close} onSaved={onChanged} />
      ) : null}
      {open === 'deliveries' ? <DeliveriesDialog webhook={webhook} onClose={close} /> : null}
      {open === 'secret' ? <NewSecretDialog webhook={webhook} onClose={close} onMade={onChanged} /> : null}
      <Dialog
        open={open === 'remove'}
        onOpenChange={(next) => (next ? null : close())}
        title={`Remove ${name}?`}
        description="Nothing is sent to it any more, also what waits, and its list of deliveries goes. The audit stays."
        actions={
          <>
            <Button onClick={close}>Cancel</Button>
            <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
              Remove webhook
            </Button>
          </>
        }
      >
        <ProofOrError error={remove.error} onProved={() => remove.mutate()} />
      </Dialog>
    </Card>
  );
}

/** What it was to be told and did not take, however often it was tried. */
function GivenUp({ webhook: { givenUp }, onShow }: { webhook: WebhookView; onShow: () => void }) {
  if (givenUp === null) return null;
  return (
    <Notice
      tone="danger"
      actions={
        <Button size="sm" onClick={onShow}>
          See {givenUp.count === 1 ? 'it' : 'them'}
        </Button>
      }
    >
      {countOf(givenUp.count, 'message was', 'messages were')} given up, the last{' '}
      <TimeAgo iso={givenUp.lastAt} />. See why under Deliveries, and send{' '}
      {givenUp.count === 1 ? 'it' : 'them'} again.
    </Notice>
  );
}

function Last({ webhook: { last } }: { webhook: WebhookView }) {
  if (last === null) return <p className="text-text-3 text-xs">Nothing was told yet.</p>;
  const { label, tone } = standingOf(last);
  return (
    <p className="flex flex-wrap items-center gap-1.5 text-text-2 text-xs">
      <Pill tone={tone}>{label}</Pill>
      <span>
        {eventLabel(last.event)}
        {last.patch === null ? '' : `, patch ${last.patch.number} of INC-${last.patch.incident}`},{' '}
        <TimeAgo iso={last.at} />
      </span>
      {last.problem === null ? null : <span>{answerWords(last)}</span>}
    </p>
  );
}
