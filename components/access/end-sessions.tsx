'use client';

import { useMutation } from '@tanstack/react-query';
import { ProofOrError } from '#components/access/prove-form';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { countOf } from '#components/ui/format.ts';
import type { PersonView } from '#lib/incident/people';

type EndSessionsProps = { person: PersonView; isOwn: boolean; onEnded: () => void };

/** Signs a person out wherever they are: for a machine that was lost. They stay who they are. */
export function EndSessions({ person, isOwn, onEnded }: EndSessionsProps) {
  const end = useMutation({
    mutationFn: () =>
      postJson<{ ended: number }>(`/api/v1/people/${encodeURIComponent(person.id)}/end-sessions`),
    onSuccess: onEnded,
  });
  return (
    <>
      <Button
        busy={end.isPending}
        disabledReason={isOwn ? 'Your profile lists your own sessions, and ends them.' : null}
        onClick={() => end.mutate()}
      >
        Sign out everywhere
      </Button>
      <ProofOrError error={end.error} onProved={() => end.mutate()} />
      {end.data ? (
        <p role="status" className="text-text-2">
          {countOf(end.data.ended, 'session', 'sessions')} ended. They sign in again as before.
        </p>
      ) : null}
    </>
  );
}
