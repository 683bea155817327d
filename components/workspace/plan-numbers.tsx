'use client';

import { Fragment } from 'react';
import { type TimelineOf, useCounts, useTimeline } from '#components/timeline/use-timeline.ts';
import { windowText } from '#components/timeline/words.ts';
import { useNow } from '#components/ui/clock.ts';
import { countOf } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { formatTime } from '#components/ui/time.ts';
import { Point } from '#components/workspace/point';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import { fromMillis, type Interval, parseInstant } from '#lib/base/instant';
import type { DraftPlan } from '#lib/incident/incident';

/** What the plan's instants cut the archive into, each with how many events lie there. */
export function PlanNumbers({ window }: { window: Interval }) {
  const { incident, reference } = useIncident();
  const { clock } = useTimelineChoice();
  const { live, calculation, control } = incident.plan;
  const of = { reference, edition: incident.survey?.id ?? null, clock };
  const archive = useTimeline(of, null, 1).data?.archive;
  if (archive === undefined || live === undefined) return null;
  const end = fromMillis(archive.toMs);
  const cut = parseInstant(live.cut ?? '');
  const baseline = live.state === 'running' && typeof live.baseline === 'object' ? live.baseline : undefined;
  const versions = calculation?.versions ?? [];
  return (
    <>
      {baseline === undefined ? null : (
        <BaselinePoint of={of} baseline={baseline} end={cut ?? end} window={window} />
      )}
      {cut === null ? null : <CutPoint of={of} at={live.cut ?? ''} after={{ from: cut, to: end }} />}
      {versions.length < 2 ? null : (
        <VersionsPoint
          of={of}
          window={window}
          versions={versions}
          replayWith={calculation?.replay_with ?? 'deployed'}
        />
      )}
      {control === undefined ? null : <ControlPoint of={of} control={control} window={window} />}
    </>
  );
}

const before = (from: bigint, to: bigint): Interval | null => (from < to ? { from, to } : null);

/** The part of a stretch that lies in the window. */
function within(stretch: Interval, window: Interval): Interval | null {
  let { from, to } = stretch;
  if (from < window.from) from = window.from;
  if (to > window.to) to = window.to;
  return before(from, to);
}

/** `1,280 events`, `about 90 events`, `no event`; `…` while they are counted. */
function Events({ of, stretch }: { of: TimelineOf; stretch: Interval | null }) {
  const counts = useCounts(of, stretch);
  if (stretch === null || counts?.events === 0) return <b>no event</b>;
  if (counts === undefined) return '…';
  const about = counts.exact ? '' : 'about ';
  return (
    <b>
      {about}
      {countOf(counts.events, 'event', 'events')}
    </b>
  );
}

type BaselineProps = {
  of: TimelineOf;
  baseline: { at?: string; table?: string };
  end: bigint;
  window: Interval;
};

function BaselinePoint({ of, baseline, end, window }: BaselineProps) {
  const { zone } = useTimelineChoice();
  const from = parseInstant(baseline.at ?? '');
  if (from === null || baseline.table === undefined) return null;
  if (from > window.from) {
    return (
      <Point name="Not possible">
        <Mono>{baseline.table}</Mono> holds the events before{' '}
        {formatTime(baseline.at ?? '', { zone, seconds: 'auto' })}, some of them from this window: it may be
        wrong itself. Choose an older copy, or a later window.
      </Point>
    );
  }
  return (
    <Point name="Added to the copy">
      The archive holds <Events of={of} stretch={before(from, end)} /> from then on, of all keys. Only those
      of affected rows are added to <Mono>{baseline.table}</Mono>.
    </Point>
  );
}

function CutPoint({ of, at, after }: { of: TimelineOf; at: string; after: Interval }) {
  const { zone } = useTimelineChoice();
  return (
    <Point name="Waiting">
      In the archive, <Events of={of} stretch={before(after.from, after.to)} />{' '}
      {of.clock === 'time' ? 'happened' : 'arrived'} at {formatTime(at, { zone, seconds: 'auto' })} or later.
      They are not expected in the live rows.
    </Point>
  );
}

type VersionsProps = {
  of: TimelineOf;
  window: Interval;
  versions: NonNullable<NonNullable<DraftPlan['calculation']>['versions']>;
  replayWith: string | number;
};

/** Which version replays how many of the window's events. */
function VersionsPoint({ of, window, versions, replayWith }: VersionsProps) {
  if (replayWith !== 'deployed') {
    return (
      <Point name="Version">
        Version {replayWith} replays all events, whichever was deployed when they came in.
      </Point>
    );
  }
  const starts = versions.map(({ since }) => parseInstant(since ?? ''));
  const parts = versions.flatMap(({ version }, at) => {
    const from = at === 0 ? window.from : (starts[at] ?? window.to);
    const to = starts[at + 1] ?? window.to;
    const stretch = within({ from, to }, window);
    return stretch === null ? [] : [{ version, stretch }];
  });
  return (
    <Point name="Versions">
      The window's events are replayed by the version that was deployed:{' '}
      {parts.map(({ version, stretch }, at) => (
        <Fragment key={version}>
          {at === 0 ? '' : ', '}
          <Events of={of} stretch={stretch} /> by version {version}
        </Fragment>
      ))}
      .
    </Point>
  );
}

type ControlProps = { of: TimelineOf; control: { from?: string; to?: string }; window: Interval };

function ControlPoint({ of, control, window }: ControlProps) {
  const { zone } = useTimelineChoice();
  const now = useNow() ?? 0;
  const [from, to] = [parseInstant(control.from ?? ''), parseInstant(control.to ?? '')];
  if (from === null || to === null || from >= to) return null;
  const overlaps = from < window.to && window.from < to;
  return (
    <Point name="Healthy stretch">
      {windowText({ from, to }, zone, now)} {zone} holds <Events of={of} stretch={{ from, to }} />. Its rows
      must come out as they are live, else the patch is blocked.
      {overlaps ? ' Rows that the error window affects too are left out of this test.' : ''}
    </Point>
  );
}
