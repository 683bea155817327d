import type { ReactNode } from 'react';
import { CommentsCard } from '#components/comments/comments-card';
import { ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { EmptyState } from '#components/ui/states';
import { minuteText } from '#components/ui/time.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { RunView } from '#lib/replay/run';

/** A preview whose files are gone: what is said of it remains. `again`: for an incident that is open. */
export function ErasedRun({ run, at, again }: { run: RunView; at: string; again: ReactNode }) {
  const { incident, reference } = useIncident();
  return (
    <>
      <Card>
        <EmptyState
          title="The differences of this preview were erased."
          icon="archive"
          actions={
            <>
              {incident.erased === null ? (
                <ButtonLink href={`/incidents/${reference}/report`}>Open the report</ButtonLink>
              ) : null}
              {incident.closedAt === null ? again : null}
            </>
          }
        >
          On {minuteText(at)}. They can't be opened any more; the report and the audit remain.
        </EmptyState>
      </Card>
      <CommentsCard runId={run.id} />
    </>
  );
}
