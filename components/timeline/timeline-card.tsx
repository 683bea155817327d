'use client';

import { useEffect, useId, useState } from 'react';
import { apiErrorOf } from '#components/query/api.ts';
import { TimelineBody } from '#components/timeline/timeline-body';
import { TimelineToolbar } from '#components/timeline/timeline-toolbar';
import { useSize } from '#components/timeline/use-size.ts';
import { type TimelineOf, useTimeline } from '#components/timeline/use-timeline.ts';
import { fitView, keepInside, type View, viewAround, viewOf, zoom } from '#components/timeline/view.ts';
import { zonesOf } from '#components/timeline/zone.ts';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { ErrorState } from '#components/ui/states';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { Interval } from '#lib/base/instant';
import type { Timeline } from '#lib/window/timeline';

const HEIGHT = {
  full: 'h-[230px] md:h-[clamp(230px,44vh,440px)]',
  compact: 'h-[230px] md:h-[196px]',
} as const;

/** The archive over time with the error window on it. `full` gives it the height of a stage of its own. */
export function TimelineCard({ size }: { size: 'full' | 'compact' }) {
  const { incident, reference } = useIncident();
  const choice = useTimelineChoice();
  const titleId = useId();
  const [box, boxSize] = useSize<HTMLDivElement>();
  const [draft, setDraft] = useState<Interval | null>(null);
  const [first] = useState(() => (choice.window === null ? null : viewAround(viewOf(choice.window))));
  const of: TimelineOf = { reference, edition: incident.survey?.id ?? null, clock: choice.clock };
  const wanted = choice.view ?? first;
  const query = useTimeline(of, wanted, boxSize?.width ?? 0);
  const timeline = query.data;
  const view = timeline === undefined ? null : viewFor(timeline, wanted);
  const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const show = (next: View): void => choice.show({ view: next });

  // A stage opened without a window in its address gets one: the address is the view, also to copy.
  const { writeAddress } = choice;
  useEffect(() => writeAddress(), [writeAddress]);

  return (
    <Card labelledBy={titleId} className="overflow-visible px-3 pt-2.5 pb-2">
      <TimelineToolbar
        titleId={titleId}
        window={draft ?? choice.window}
        zone={choice.zone}
        zones={zonesOf(
          [incident.plan.archive?.timezone, incident.plan.live?.bucket?.timezone, choice.zone],
          localZone,
        )}
        localZone={localZone}
        clock={timeline?.hasArrival ? choice.clock : null}
        canUndo={choice.canUndo}
        onChoose={(next) => choice.choose(next, 'push')}
        onUndo={choice.undo}
        onZone={(zone) => choice.show({ zone })}
        onClock={(clock) => choice.show({ clock })}
        zoom={zooming(timeline, view, choice.window, show)}
      />
      {query.isError && timeline === undefined ? (
        <ErrorState
          compact
          error={apiErrorOf(query.error)}
          title="Can't show the events over time."
          actions={
            <Button icon="again" onClick={() => query.refetch()}>
              Try again
            </Button>
          }
        />
      ) : (
        <TimelineBody
          of={of}
          shown={timeline === undefined || view === null ? null : { timeline, view }}
          box={box}
          size={boxSize}
          boxClassName={HEIGHT[size]}
          draft={draft}
          onDraft={setDraft}
        />
      )}
    </Card>
  );
}

/** Over the archive, as long as that is where the window is: a window beside it must stay in sight. */
function viewFor(timeline: Timeline, wanted: View | null): View {
  if (wanted === null) return fitView(timeline.archive);
  const meets = wanted.fromMs < timeline.archive.toMs && wanted.toMs > timeline.archive.fromMs;
  return meets ? keepInside(wanted, timeline.archive) : wanted;
}

function zooming(
  timeline: Timeline | undefined,
  view: View | null,
  window: Interval | null,
  show: (view: View) => void,
) {
  const by = (factor: number) => () => {
    if (timeline === undefined || view === null) return;
    show(zoom(view, factor, window === null ? null : viewOf(window), timeline.archive));
  };
  const shown = window === null ? null : viewOf(window);
  const hidden = view !== null && shown !== null && (shown.fromMs < view.fromMs || shown.toMs > view.toMs);
  return {
    in: by(0.5),
    out: by(2),
    fit: () => {
      if (timeline !== undefined) show(fitView(timeline.archive));
    },
    toWindow: hidden ? () => show(viewAround(shown)) : null,
  };
}
