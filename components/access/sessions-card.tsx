'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ErrorLine } from '#components/access/error-line';
import { getJson, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { Pill } from '#components/ui/pill';
import { TimeAgo } from '#components/ui/time-text';
import type { SessionView } from '#lib/incident/people';

const KEY = ['me', 'sessions'];

/** Where the person is signed in now; each but this one can be ended. */
export function Sessions() {
  const cache = useQueryClient();
  const sessions = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) =>
      (await getJson<{ sessions: SessionView[] }>('/api/v1/me/sessions', { signal })).sessions,
  });
  const end = useMutation({
    mutationFn: (id: string | null) =>
      id === null
        ? postJson('/api/v1/me/sessions/end-others')
        : postJson(`/api/v1/me/sessions/${encodeURIComponent(id)}`, {}, { method: 'DELETE' }),
    onSettled: () => cache.invalidateQueries({ queryKey: KEY }),
  });
  const all = sessions.data ?? [];
  return (
    <Card labelledBy="sessions">
      <CardHeader
        titleId="sessions"
        title="Signed in at"
        actions={
          all.length > 1 ? (
            <Button size="sm" busy={end.isPending} onClick={() => end.mutate(null)}>
              End all others
            </Button>
          ) : null
        }
      />
      <CardBody className="grid gap-2">
        <ErrorLine error={sessions.error ?? end.error} />
        {sessions.isPending ? <SkeletonRows rows={1} label="Reading your sessions" /> : null}
        <ul className="grid gap-1.5">
          {all.map((session) => (
            <li
              key={session.id}
              className="flex flex-wrap items-center gap-x-2 gap-y-1 rounded-control border border-line px-2.5 py-1.5"
            >
              <span className="min-w-0 flex-1">
                <span className="block truncate">{agentWords(session.agent)}</span>
                <span className="block text-text-3 text-xs">
                  from {session.address ?? 'an unknown address'}, seen <TimeAgo iso={session.lastSeenAt} />
                </span>
              </span>
              {session.isThis ? (
                <Pill tone="ok">this one</Pill>
              ) : (
                <Button size="sm" variant="ghost" onClick={() => end.mutate(session.id)}>
                  End
                </Button>
              )}
            </li>
          ))}
        </ul>
        <p className="text-text-3 text-xs">
          A session ends after 30 minutes without use, and after 12 hours in any case.
        </p>
      </CardBody>
    </Card>
  );
}

const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'] as const;

/** `Firefox on Linux`, of what a browser says of itself. */
function agentWords(agent: string | null): string {
  const browser = BROWSERS.find(([mark]) => agent?.includes(mark))?.[1];
  const system = SYSTEMS.find((name) => agent?.includes(name))?.replace('Mac OS', 'macOS');
  if (browser === undefined) return agent?.slice(0, 60) || 'An unknown browser';
  return system === undefined ? browser : `${browser} on ${system}`;
}
