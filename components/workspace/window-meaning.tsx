'use client';

import type { ReactNode } from 'react';
import type { Counts } from '#components/timeline/bins.ts';
import { lengthWords, windowText } from '#components/timeline/words.ts';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { useNow } from '#components/ui/clock.ts';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { formatTime } from '#components/ui/time.ts';
import { bucketCount, bucketName } from '#components/workspace/bucket-words.ts';
import { PlanNumbers } from '#components/workspace/plan-numbers';
import { Point } from '#components/workspace/point';
import type { Buckets } from '#components/workspace/use-buckets.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import { type Interval, parseInstant } from '#lib/base/instant';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';

type MeaningProps = {
  window: Interval | null;
  /** What lies in the window. */
  counts: Counts | undefined;
  /** What is summed for the rows that it affects. */
  replayed: Counts | undefined;
  buckets: Buckets | null;
};

/** The window in words, with the operator's own numbers: which rows are suspect, and what they are recalculated from. */
export function WindowMeaning({ window, counts, replayed, buckets }: MeaningProps) {
  const { incident } = useIncident();
  const { zone, clock } = useTimelineChoice();
  const now = useNow() ?? 0;
  return (
    <Card labelledBy="window-meaning">
      <CardHeader title="What this window means" titleId="window-meaning" />
      <CardBody className="grid gap-2.5 text-text-2 [&_b]:font-medium [&_b]:text-text">
        {window === null ? (
          <p>
            Choose the stretch in which the live rows went wrong. Rows with at least one event in it are
            recalculated and compared; all others stay out of it.
          </p>
        ) : (
          <>
            <Point name="Selected">
              <b>
                {windowText(window, zone, now)} {zone}
              </b>
              , {lengthWords(window)}; the start is included, the end is not.{' '}
              {counts === undefined ? null : (
                <>
                  <b>
                    {counts.exact ? '' : 'About '}
                    {countOf(counts.events, 'archived event', 'archived events')}
                  </b>{' '}
                  {clock === 'time' ? 'happened' : 'arrived'} in it
                  {counts.duplicates > 0 ? `, ${formatCount(counts.duplicates)} of them duplicates` : ''}.
                </>
              )}
            </Point>
            <Affected incident={incident} buckets={buckets} replayed={replayed} />
            <PlanNumbers window={window} />
            {clock === 'ingested' && incident.plan.live?.state === 'bucketed' ? (
              <Point name="Told by arrival">
                What arrived in the window may have happened earlier. The rows that such events belong to are
                affected too, and the preview lists them.
              </Point>
            ) : null}
          </>
        )}
      </CardBody>
    </Card>
  );
}

type AffectedProps = { incident: IncidentView; buckets: Buckets | null; replayed: Counts | undefined };

function Affected({ incident, buckets, replayed }: AffectedProps) {
  const { zone } = useTimelineChoice();
  const now = useNow() ?? 0;
  const { live } = incident.plan;
  const called = live?.table ?? incident.liveStore?.name;
  const table = called === undefined ? 'the live store' : <Mono>{called}</Mono>;
  const key = <Mono>{live?.keys?.length ? live.keys.join(', ') : 'key'}</Mono>;
  if (live?.state === 'bucketed') {
    const name = bucketName(live.bucket?.size);
    return (
      <>
        <Point name="Affected rows">
          A row of {table} holds one {key} and one {name.one}. Suspect is every row with at least one event in
          the window
          {buckets === null ? (
            '.'
          ) : (
            <>
              : those of <b>{bucketCount(buckets.count, live.bucket?.size)}</b>{' '}
              {windowText(buckets, zone, now)} {zone}.
            </>
          )}
        </Point>
        <Point name="Recalculated from">
          All events of such a row's {name.one}, also those outside the window
          {replayed === undefined ? null : (
            <>
              : <b>{countOf(replayed.events, 'event', 'events')}</b> lie in{' '}
              {buckets?.count === 1 ? 'it' : 'these'}
            </>
          )}
          . The {name.one} is summed as a whole even where the window cuts it, as the live row is.
        </Point>
      </>
    );
  }
  if (live?.state === 'window') {
    return (
      <Point name="Affected rows">
        A row of {table} holds the result of one {key} over exactly this window. Every row with an event in
        the window is recalculated from the events in the window alone.
      </Point>
    );
  }
  if (live?.state === 'running' || live?.state === 'latest')
    return <WholeHistory live={live} table={table} />;
  return (
    <Point name="Affected rows">
      Which rows are suspect is known once the plan says what a live row holds.
    </Point>
  );
}

/** States whose rows hold more than a stretch of time: what they are recalculated from has no window of its own. */
function WholeHistory({ live, table }: { live: NonNullable<DraftPlan['live']>; table: ReactNode }) {
  const { zone } = useTimelineChoice();
  const key = <Mono>{live.keys?.length ? live.keys.join(', ') : 'key'}</Mono>;
  const { baseline, cut } = live;
  const isRunning = live.state === 'running';
  const isInstant = cut !== undefined && parseInstant(cut) !== null;
  const upTo =
    cut === undefined ? (
      'the end of the archive'
    ) : isInstant ? (
      `${formatTime(cut, { zone, seconds: 'auto' })}; later ones are waiting, not differences`
    ) : (
      <>
        what its <Mono>{cut}</Mono> says; later ones are waiting, not differences
      </>
    );
  const begins =
    typeof baseline === 'object' && baseline.table && baseline.at && parseInstant(baseline.at) !== null ? (
      <>
        What <Mono>{baseline.table}</Mono> holds, and all its events from{' '}
        {formatTime(baseline.at, { zone, seconds: 'auto' })} to{' '}
      </>
    ) : (
      <>All its events, also those before the window, to </>
    );
  return (
    <>
      <Point name="Affected rows">
        A row of {table} holds {isRunning ? 'everything since the beginning' : 'the newest event'} of one{' '}
        {key}. Suspect is every row with at least one event in the window.
      </Point>
      <Point name="Recalculated from">
        {begins}
        {upTo}.{isRunning ? '' : ' The newest one counts, also where it is after the window.'}
      </Point>
    </>
  );
}
