'use client';

import Link from 'next/link';
import { useState } from 'react';
import { useNotifications, useReadNotifications } from '#components/notifications/use-notifications.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button, IconButton } from '#components/ui/button';
import { classes } from '#components/ui/classes.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Popover } from '#components/ui/popover';
import { ErrorState } from '#components/ui/states';
import { TimeAgo } from '#components/ui/time-text';
import type { NotificationView } from '#lib/incident/notification';

/** How many are not read, and behind it the newest, each with its way to what it is about. */
export function NotificationBell({ size = 'sm' }: { size?: 'sm' | 'md' }) {
  const [open, setOpen] = useState(false);
  const unread = useNotifications().data?.unread ?? 0;
  return (
    <span className="relative inline-flex">
      <Popover
        open={open}
        onOpenChange={setOpen}
        align="start"
        title="Notifications"
        trigger={
          <IconButton
            icon="bell"
            size={size}
            label={unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`}
          />
        }
      >
        <Newest onLeave={() => setOpen(false)} />
      </Popover>
      {unread === 0 ? null : (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute bottom-1/2 left-[calc(50%+1px)] grid h-3.5 min-w-3.5 place-items-center rounded-full bg-accent px-[3px] font-semibold text-[0.625rem] text-on-accent leading-none ring-1 ring-bg max-md:ring-surface"
        >
          {unread > 99 ? '99+' : unread}
        </span>
      )}
    </span>
  );
}

function Newest({ onLeave }: { onLeave: () => void }) {
  const query = useNotifications();
  const read = useReadNotifications();
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorState compact error={apiErrorOf(query.error)} title="Can't show your notifications." />
    ) : (
      <SkeletonRows rows={3} label="Reading your notifications" />
    );
  }
  const { unread, newest } = query.data;
  return (
    <>
      {newest.length === 0 ? (
        <p className="text-pretty text-text-2">
          Nothing yet. You are told here when a patch waits for you, or when somebody mentions you.
        </p>
      ) : (
        <ul className="-mx-3.5 max-h-[60dvh] divide-y divide-line overflow-y-auto border-line border-y">
          {newest.map((one) => (
            <li key={one.id}>
              <Line
                notification={one}
                onOpen={() => {
                  if (!one.isRead) read.mutate([one.id]);
                  onLeave();
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Link
          href="/settings/notifications"
          onClick={onLeave}
          className="text-text-2 underline underline-offset-2"
        >
          What you are told
        </Link>
        {newest.length === 0 ? null : (
          <Button
            size="sm"
            disabledReason={unread === 0 ? 'All are read.' : null}
            onClick={() => read.mutate(null)}
          >
            Mark all as read
          </Button>
        )}
      </div>
    </>
  );
}

/** What stands in the place of the incident. */
const ABOUT: Readonly<Partial<Record<NotificationView['kind'], string>>> = {
  way_in: 'Signing in',
  may_approve: 'People and roles',
  policies: 'Policies',
  not_delivered: 'Webhooks',
};

function Line({ notification, onOpen }: { notification: NotificationView; onOpen: () => void }) {
  const { text, excerpt, incident, href, at, isRead } = notification;
  return (
    <Link
      href={href}
      onClick={onOpen}
      className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 px-3.5 py-2.5 -outline-offset-2 hover:bg-hover"
    >
      <span
        aria-hidden="true"
        className={classes('mt-1.5 size-1.5 rounded-full', isRead ? 'bg-transparent' : 'bg-accent')}
      />
      <span className="grid min-w-0 gap-0.5">
        <span className={classes('text-pretty', isRead ? 'text-text-2' : 'font-medium')}>
          {isRead ? null : <span className="sr-only">Unread: </span>}
          {text}
        </span>
        {excerpt === null ? null : <span className="truncate text-text-2">{excerpt}</span>}
        <span className="flex gap-1 text-text-3 text-xs">
          <span className="min-w-0 truncate">
            {incident === null
              ? (ABOUT[notification.kind] ?? '')
              : `${incident.reference} · ${incident.title}`}
          </span>
          <span className="flex-none">
            · <TimeAgo iso={at} />
          </span>
        </span>
      </span>
    </Link>
  );
}
