'use client';

import type { ReactNode } from 'react';
import { type Counts, nearestEvents } from '#components/timeline/bins.ts';
import { MINUTE_STEP, snap } from '#components/timeline/brush.ts';
import { type View, viewAround, viewOf } from '#components/timeline/view.ts';
import { clockRange, selectionWords, windowText } from '#components/timeline/words.ts';
import { Button } from '#components/ui/button';
import { useNow } from '#components/ui/clock.ts';
import { countOf } from '#components/ui/format.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import { fromMillis, type Interval } from '#lib/base/instant';
import type { Timeline } from '#lib/window/timeline';

type NoteProps = {
  timeline: Timeline | null;
  view: View | null;
  counts: Counts | undefined;
  asTable: boolean;
  onAsTable: (asTable: boolean) => void;
};

/** The line under the chart: what the selection means, or what is the matter with it; and the way to the figures. */
export function SelectionNote({ timeline, view, counts, asTable, onAsTable }: NoteProps) {
  const choice = useTimelineChoice();
  const now = useNow() ?? 0;
  const { window, zone } = choice;
  return (
    <div className="mt-1 flex min-h-[32px] flex-wrap items-center gap-x-3 gap-y-1 text-text-2 text-xs">
      <div className="min-w-0 flex-1 basis-64">
        {timeline === null || view === null ? null : window === null ? (
          <NoWindow view={view} onPlace={(placed) => choice.choose(placed, 'push')} />
        ) : counts?.events === 0 && counts.exact ? (
          <NoEvents timeline={timeline} window={window} now={now} />
        ) : (
          <ClockNote timeline={timeline} counts={counts} />
        )}
      </div>
      <p className="sr-only" aria-live="polite">
        {window === null || counts === undefined ? '' : selectionWords(window, zone, now, counts)}
      </p>
      <Button
        size="sm"
        variant="ghost"
        aria-expanded={asTable}
        disabledReason={timeline === null ? 'The events are not read yet.' : null}
        onClick={() => onAsTable(!asTable)}
      >
        {asTable ? 'Hide table' : 'Show as table'}
      </Button>
    </div>
  );
}

function NoWindow({ view, onPlace }: { view: View; onPlace: (window: Interval) => void }) {
  const span = view.toMs - view.fromMs;
  const place = () => {
    const from = snap(fromMillis(view.fromMs + span * 0.4), MINUTE_STEP);
    const to = snap(fromMillis(view.fromMs + span * 0.6), MINUTE_STEP);
    onPlace({ from, to: to > from ? to : from + MINUTE_STEP });
  };
  return (
    <Note>
      Drag over the stretch that went wrong, or type its times.
      <Button size="sm" onClick={place}>
        Place a window to move
      </Button>
    </Note>
  );
}

function NoEvents({ timeline, window, now }: { timeline: Timeline; window: Interval; now: number }) {
  const { zone, choose, show } = useTimelineChoice();
  const nearest = nearestEvents(timeline, viewOf(window));
  const archive = { from: fromMillis(timeline.archive.fromMs), to: fromMillis(timeline.archive.toMs) };
  const go = () => {
    if (nearest === null) return;
    const from = snap(fromMillis(nearest) - (window.to - window.from) / 2n, MINUTE_STEP);
    const moved = { from, to: from + (window.to - window.from) };
    choose(moved, 'push');
    show({ view: viewAround(viewOf(moved)) });
  };
  return (
    <Note>
      <span>
        <b className="font-medium text-text">
          No events between {clockRange(window, zone).replace(' – ', ' and ')}.
        </b>{' '}
        The archive has {windowText(archive, zone, now)}.
      </span>
      {nearest === null ? null : (
        <Button size="sm" onClick={go}>
          Go to nearest
        </Button>
      )}
    </Note>
  );
}

/** What the chosen clock means, said with the window's own events. */
function ClockNote({ timeline, counts }: { timeline: Timeline; counts: Counts | undefined }) {
  const { clock } = useTimelineChoice();
  const { incident } = useIncident();
  if (!timeline.hasArrival) return null;
  const late = counts === undefined ? null : countOf(counts.late, 'event', 'events');
  const over = `${timeline.lateAfterSeconds} s`;
  if (clock === 'time') {
    return (
      <p>
        Placed by when events happened.{' '}
        {late === null
          ? null
          : counts?.late === 0
            ? `All of the window arrived within ${over}.`
            : `${late} of the window arrived more than ${over} later.`}
      </p>
    );
  }
  return (
    <p>
      Placed by when events arrived.{' '}
      {late === null
        ? null
        : counts?.late === 0
          ? `All of the window had happened at most ${over} before.`
          : `${late} of the window had happened more than ${over} before${
              // Only rows of a stretch of time can be earlier ones.
              incident.plan.live?.state === 'bucketed' ? ', so earlier rows may be affected too' : ''
            }.`}
    </p>
  );
}

function Note({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-x-2 gap-y-1">{children}</div>;
}
