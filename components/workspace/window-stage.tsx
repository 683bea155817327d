'use client';

import { useMayNot } from '#components/access/use-me.ts';
import { useStartPreview } from '#components/compare/use-run.ts';
import { toldProblem } from '#components/new-incident/problem-words.ts';
import { TimelineCard } from '#components/timeline/timeline-card';
import { useCounts } from '#components/timeline/use-timeline.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { countOf } from '#components/ui/format.ts';
import { ActionBar, Page } from '#components/ui/page';
import { EmptyState } from '#components/ui/states';
import { minuteText } from '#components/ui/time.ts';
import { MissingList } from '#components/workspace/missing-list';
import { StartError } from '#components/workspace/start-error';
import { useBuckets } from '#components/workspace/use-buckets.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import { WindowFacts } from '#components/workspace/window-facts';
import { WindowMeaning } from '#components/workspace/window-meaning';

/** Choosing the error window: the timeline in full height, and what the choice means. */
export function WindowStage() {
  const { incident } = useIncident();
  if (incident.survey?.state !== 'done' || incident.survey.erasedAt !== null) return <NotRead />;
  return <ReadyStage />;
}

function ReadyStage() {
  const { incident, reference } = useIncident();
  const { window, clock } = useTimelineChoice();
  const start = useStartPreview();
  const mayNot = useMayNot('run.change', 'preview');
  const { live } = incident.plan;
  const of = { reference, edition: incident.survey?.id ?? null, clock };
  const buckets = useBuckets(window, live?.state === 'bucketed' ? live.bucket : undefined);
  const counts = useCounts(of, window);
  // Buckets always go by when events happened, whatever clock tells the window.
  const replayed = useCounts({ ...of, clock: buckets === null ? clock : 'time' }, buckets ?? window);
  const missing = incident.missing
    .filter((each) => !each.path.startsWith('window'))
    .map((each) => toldProblem(each, incident.plan));
  const reason =
    window === null
      ? 'Choose a window first.'
      : missing[0] !== undefined
        ? `${missing[0].message} ${missing[0].fix}`
        : null;
  const least =
    buckets !== null && clock === 'ingested' ? 'at least ' : replayed?.exact === false ? 'about ' : '';
  return (
    <>
      <Page>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-2.5">
          <TimelineCard size="full" />
          {start.isError ? <StartError error={start.error} /> : null}
          {missing.length > 0 ? <MissingList missing={missing} /> : null}
          <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-2.5 lg:grid-cols-[minmax(0,1fr)_384px]">
            <WindowMeaning window={window} counts={counts} replayed={replayed} buckets={buckets} />
            <WindowFacts plan={incident.plan} />
          </div>
        </div>
      </Page>
      <ActionBar
        note={
          window === null || replayed === undefined
            ? null
            : 'Reads the archive and the live rows, writes nothing.'
        }
        actions={
          <Button
            variant="primary"
            busy={start.isPending}
            busyLabel="Starting"
            disabledReason={mayNot ?? reason}
            onClick={() => {
              if (window !== null) start.mutate({ window, clock });
            }}
          >
            Preview
          </Button>
        }
      >
        {window === null ? (
          'No window chosen yet.'
        ) : replayed === undefined ? (
          'Counting the events to replay.'
        ) : live?.state === 'running' || live?.state === 'latest' ? (
          <>
            Will recalculate the rows of {least}
            <b>{countOf(replayed.events, 'event', 'events')}</b>, each from all of its own.
          </>
        ) : (
          <>
            Will replay {least}
            <b>{countOf(replayed.events, 'event', 'events')}</b>.
          </>
        )}
      </ActionBar>
    </>
  );
}

function NotRead() {
  const { incident, reference } = useIncident();
  const { archive, survey } = incident;
  const title =
    survey !== null && survey.erasedAt !== null
      ? 'The figures of the archive over time were erased.'
      : archive === null
        ? 'No archive is chosen yet.'
        : survey?.state === 'failed'
          ? 'The archive could not be read.'
          : survey === null || survey.state === 'cancelled'
            ? 'The archive is not read yet.'
            : 'The archive is being read.';
  return (
    <Page>
      <Card>
        <EmptyState
          icon="archive"
          title={title}
          actions={
            <ButtonLink variant="primary" href={`/incidents/${reference}/archive`}>
              {survey?.state === 'running' || survey?.state === 'queued'
                ? 'See how far it is'
                : 'Go to Archive'}
            </ButtonLink>
          }
        >
          {survey !== null && survey.erasedAt !== null
            ? `On ${minuteText(survey.erasedAt)}. The report and the audit remain.`
            : survey === null
              ? 'The window is chosen on the events over time, and those come from the archive.'
              : survey.words}
        </EmptyState>
      </Card>
    </Page>
  );
}
