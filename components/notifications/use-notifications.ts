'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, postJson } from '#components/query/api.ts';
import type { NotificationKind, NotificationSettings, Notifications } from '#lib/incident/notification';

const PATH = '/api/v1/notifications';
const KEY = ['notifications'];
const SETTINGS_KEY = ['notification-settings'];
const POLL_MS = 30_000;

/** What the person is told, asked for every 30 s. */
export function useNotifications() {
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => getJson<Notifications>(PATH, { signal }),
    refetchInterval: POLL_MS,
  });
}

/** Marks some as read, or all. The page shows it at once. */
export function useReadNotifications() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (ids: readonly string[] | null) =>
      postJson<{ unread: number }>(`${PATH}/read`, ids === null ? {} : { ids }),
    onMutate: (ids) => {
      cache.setQueryData<Notifications>(KEY, (known) => known && withRead(known, ids));
    },
    onSettled: () => cache.invalidateQueries({ queryKey: KEY }),
  });
}

function withRead({ unread, newest }: Notifications, ids: readonly string[] | null): Notifications {
  const isMeant = (id: string): boolean => ids === null || ids.includes(id);
  const news = newest.filter(({ id, isRead }) => !isRead && isMeant(id)).length;
  return {
    unread: ids === null ? 0 : Math.max(0, unread - news),
    newest: newest.map((one) => (isMeant(one.id) ? { ...one, isRead: true } : one)),
  };
}

export function useNotificationSettings() {
  return useQuery({
    queryKey: SETTINGS_KEY,
    queryFn: ({ signal }) => getJson<NotificationSettings>(`${PATH}/settings`, { signal }),
  });
}

export function useChangeNotificationSettings() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (off: readonly NotificationKind[]) =>
      postJson<NotificationSettings>(`${PATH}/settings`, { off }, { method: 'PUT' }),
    onSuccess: (settings) => cache.setQueryData(SETTINGS_KEY, settings),
  });
}
