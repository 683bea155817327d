'use client';

import { useSearchParams } from 'next/navigation';
import { useMayNot } from '#components/access/use-me.ts';
import { ErasedRun } from '#components/compare/erased-run';
import { RunFooter } from '#components/compare/run-footer';
import { RunProgress } from '#components/compare/run-progress';
import { RunResult } from '#components/compare/run-result';
import { StaleNotice, stalenessOf } from '#components/compare/stale-notice';
import { useRun, useStartPreview } from '#components/compare/use-run.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { TimelineCard } from '#components/timeline/timeline-card';
import { Button, ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { Page } from '#components/ui/page';
import { EmptyState, ErrorState } from '#components/ui/states';
import { StartError } from '#components/workspace/start-error';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { RunView } from '#lib/replay/run';

/** A preview: under way, failed, or with every difference that it found. */
export function PreviewStage() {
  const { incident } = useIncident();
  const { window, clock } = useTimelineChoice();
  const id = useSearchParams().get('run') ?? incident.latestRun?.id ?? null;
  const query = useRun(id, incident.latestRun);
  const start = useStartPreview();
  const run = query.data;
  const again = () => {
    if (window !== null && !start.isPending) start.mutate({ window, clock });
  };
  const staleness = run === undefined ? null : stalenessOf(run, { window, clock });
  const done = run?.state === 'done' && run.summary !== null && run.erasedAt === null;
  return (
    <>
      <Page>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-2.5">
          {incident.survey?.state === 'done' && incident.survey.erasedAt === null ? (
            <TimelineCard size="compact" />
          ) : null}
          {start.isError ? <StartError error={start.error} /> : null}
          {done ? (
            <StaleNotice run={run} staleness={staleness} onRunAgain={again} busy={start.isPending} />
          ) : null}
          <RunBody id={id} run={run} error={query.error} onRunAgain={again} busy={start.isPending} />
        </div>
      </Page>
      {done ? (
        <RunFooter
          run={run}
          summary={run.summary}
          staleness={staleness}
          onRunAgain={again}
          busy={start.isPending}
        />
      ) : null}
    </>
  );
}

type BodyProps = {
  id: string | null;
  run: RunView | undefined;
  error: Error | null;
  onRunAgain: () => void;
  busy: boolean;
};

function RunBody({ id, run, error, onRunAgain, busy }: BodyProps) {
  const { window, search } = useTimelineChoice();
  const { reference } = useIncident();
  const mayNot = useMayNot('run.change', 'preview');
  const refusal = mayNot ?? (window === null ? 'Choose a window first.' : null);
  const runAgain = (label: string) => (
    <Button
      variant="primary"
      icon="again"
      busy={busy}
      busyLabel="Starting"
      disabledReason={refusal}
      onClick={onRunAgain}
    >
      {label}
    </Button>
  );
  const changeWindow = (
    <ButtonLink href={`/incidents/${reference}/window${search}`}>Change window</ButtonLink>
  );
  const changePlan = <ButtonLink href={`/incidents/${reference}/archive`}>Change plan</ButtonLink>;
  if (id === null) {
    return (
      <Card>
        <EmptyState
          title="No preview yet."
          icon="play"
          actions={
            <>
              {runAgain('Preview')}
              {changeWindow}
            </>
          }
        >
          It recalculates the affected rows and compares them with the live ones. It writes nothing.
        </EmptyState>
      </Card>
    );
  }
  if (run === undefined) {
    return (
      <Card>
        {error === null ? (
          <SkeletonRows rows={8} label="Opening the preview" />
        ) : (
          <ErrorState
            error={apiErrorOf(error)}
            title="Can't show this preview."
            actions={
              <>
                {runAgain('Run again')}
                {changeWindow}
              </>
            }
          />
        )}
      </Card>
    );
  }
  if (run.state === 'queued' || run.state === 'running') return <RunProgress run={run} />;
  if (run.erasedAt !== null) return <ErasedRun run={run} at={run.erasedAt} again={runAgain('Run again')} />;
  if (run.state === 'done' && run.summary !== null) return <RunResult run={run} summary={run.summary} />;
  return (
    <Card>
      {run.state === 'cancelled' || run.error === null ? (
        <EmptyState
          title="This preview was cancelled."
          icon="stop"
          actions={
            <>
              {runAgain('Run again')}
              {changeWindow}
            </>
          }
        >
          Nothing was written, and nothing of it is kept.
        </EmptyState>
      ) : (
        <ErrorState
          error={run.error}
          title="The preview could not be finished."
          actions={
            <>
              {runAgain('Run again')}
              {changeWindow}
              {changePlan}
            </>
          }
        />
      )}
    </Card>
  );
}
