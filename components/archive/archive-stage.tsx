'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { MayLink } from '#components/access/may-link';
import { useMayNot } from '#components/access/use-me.ts';
import { ArchiveSource } from '#components/archive/archive-source';
import { RejectsCard } from '#components/archive/rejects-card';
import { SampleCard } from '#components/archive/sample-card';
import { SurveyFacts } from '#components/archive/survey-facts';
import type { SurveyView } from '#components/archive/survey-view.ts';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { SampleReset } from '#components/new-incident/sample-reset';
import { apiErrorOf, getJson, postJson } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card, CardBody } from '#components/ui/card';
import { countOf } from '#components/ui/format.ts';
import { Progress, SkeletonRows } from '#components/ui/loading';
import { ActionBar, Page } from '#components/ui/page';
import { EmptyState, ErrorState } from '#components/ui/states';
import { incidentKey, incidentPath, useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { Survey } from '#lib/archive/survey';

const POLL_MS = 700;
const moving = (state: string | undefined): boolean => state === 'queued' || state === 'running';

/** The newest reading of the incident's archive, followed while it goes on. */
function useSurvey() {
  const { incident, reference } = useIncident();
  const cache = useQueryClient();
  const id = incident.survey?.id ?? null;
  const query = useQuery({
    queryKey: ['surveys', id],
    queryFn: ({ signal }) => getJson<SurveyView>(`/api/v1/surveys/${id}`, { signal }),
    enabled: id !== null,
    refetchInterval: ({ state }) => (moving(state.data?.state) ? POLL_MS : false),
  });
  // The header tells of the reading, too: it is asked again when the reading has moved on.
  const state = query.data?.state;
  useEffect(() => {
    if (state !== undefined) void cache.invalidateQueries({ queryKey: incidentKey(reference) });
  }, [state, cache, reference]);
  return query;
}

/** Stage 1: what was found when the whole archive was read. */
export function ArchiveStage() {
  const { reference } = useIncident();
  const cache = useQueryClient();
  const survey = useSurvey();
  const refusal = useMayNot('incident.change', 'read it');
  const read = useMutation({
    mutationFn: () => postJson(`${incidentPath(reference)}/survey`),
    onSuccess: () => cache.invalidateQueries({ queryKey: incidentKey(reference) }),
  });
  const view = survey.data ?? null;
  const again = (
    <Button
      icon="again"
      busy={read.isPending || moving(view?.state)}
      busyLabel="Reading"
      disabledReason={refusal}
      onClick={() => read.mutate()}
    >
      {view === null ? 'Read archive' : 'Read again'}
    </Button>
  );
  return (
    <>
      <Page>
        {read.isError ? (
          <div className="mb-3">
            <BoxedNotice tone="danger" role="alert">
              {apiErrorOf(read.error).message} {apiErrorOf(read.error).fix}
            </BoxedNotice>
          </div>
        ) : null}
        <StageBody view={view} error={survey.error} again={again} />
      </Page>
      <WindowBar result={view?.result ?? null} />
    </>
  );
}

type BodyProps = { view: SurveyView | null; error: Error | null; again: ReactNode };

function StageBody({ view, error, again }: BodyProps) {
  const { incident } = useIncident();
  const setUp = `/incidents/new?incident=INC-${incident.number}#archive`;
  const result = view?.result ?? null;
  if (incident.erased !== null)
    return (
      <Card>
        <EmptyState icon="archive" title="What was read of the archive was erased.">
          The report and the audit remain.
        </EmptyState>
      </Card>
    );
  if (incident.archive !== null && result !== null && view?.state === 'done') {
    return <Found survey={result} again={again} setUp={setUp} />;
  }
  if (incident.archive !== null && view !== null && moving(view.state)) return <Reading view={view} />;
  return (
    <Card>
      {incident.archive === null ? (
        <EmptyState
          icon="archive"
          title="No archive is chosen yet."
          actions={
            <MayLink variant="primary" href={setUp} needs="incident.change" doing="choose an archive">
              Choose an archive
            </MayLink>
          }
        >
          Upload its files, or point at a folder on this server.
        </EmptyState>
      ) : incident.survey === null ? (
        <EmptyState icon="archive" title="The archive has not been read yet." actions={again}>
          Reading counts every record, finds duplicates and what can't be read, and draws the timeline.
        </EmptyState>
      ) : error !== null ? (
        <ErrorState error={apiErrorOf(error)} actions={again} />
      ) : view === null ? (
        <SkeletonRows rows={5} label="Looking at what was found" />
      ) : (
        <ErrorState
          title="The archive can't be read."
          error={view.error ?? { message: 'The reading was stopped.', fix: 'Read it again.' }}
          actions={
            <>
              {again}
              <MayLink href={setUp} needs="incident.change" doing="change the set-up">
                Change the set-up
              </MayLink>
            </>
          }
        />
      )}
    </Card>
  );
}

function WindowBar({ result }: { result: Survey | null }) {
  const { reference } = useIncident();
  const { search } = useTimelineChoice();
  return (
    <ActionBar
      actions={
        result === null ? (
          <Button variant="primary" disabledReason="The timeline is drawn when the archive has been read.">
            Choose the window
          </Button>
        ) : (
          <ButtonLink variant="primary" href={`/incidents/${reference}/window${search}`}>
            Choose the window
          </ButtonLink>
        )
      }
    >
      {result === null ? (
        'The window comes next, on the timeline of the archive.'
      ) : (
        <>
          <b>{countOf(result.accepted, 'event', 'events')}</b> to choose the window from
        </>
      )}
    </ActionBar>
  );
}

function Reading({ view }: { view: SurveyView }) {
  const { progress } = view;
  return (
    <Card aria-label="Reading the archive">
      <CardBody className="py-6" aria-live="polite">
        <Progress
          label={view.state === 'queued' ? 'Waiting to start' : 'Reading the archive'}
          done={progress?.done ?? 0}
          total={progress?.total ?? null}
          words={progress?.words ?? ''}
        />
        <p className="mt-3 text-text-3 text-xs">It goes on if you leave this page.</p>
      </CardBody>
    </Card>
  );
}

function Found({ survey, again, setUp }: { survey: Survey; again: ReactNode; setUp: string }) {
  const { incident } = useIncident();
  return (
    <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_21.75rem] lg:gap-3.5">
      <div className="grid min-w-0 gap-3">
        <SurveyFacts survey={survey} words={incident.survey?.words ?? ''} again={again} />
        <RejectsCard survey={survey} />
        <SampleCard survey={survey} fields={incident.plan.archive?.fields ?? {}} setUp={setUp} />
      </div>
      <div className="grid min-w-0 gap-3">
        <ArchiveSource survey={survey} />
        {incident.sample ? <SampleReset /> : null}
      </div>
    </div>
  );
}
