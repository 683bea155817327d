'use client';

import dynamic from 'next/dynamic';
import { type RefObject, useEffect, useMemo, useState } from 'react';
import { countIn } from '#components/timeline/bins.ts';
import { boundsOf } from '#components/timeline/brush.ts';
import { BrushContext, type Brushing } from '#components/timeline/brush-context.ts';
import { Legend } from '#components/timeline/legend';
import { Overview } from '#components/timeline/overview';
import { Readout } from '#components/timeline/readout';
import { SelectionNote } from '#components/timeline/selection-note';
import { TimelineTable } from '#components/timeline/timeline-table';
import type { Size } from '#components/timeline/use-size.ts';
import { type TimelineOf, useCounts } from '#components/timeline/use-timeline.ts';
import { intervalOf, type View, viewOf } from '#components/timeline/view.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { Interval } from '#lib/base/instant';
import type { Timeline } from '#lib/window/timeline';

const loadChart = () => import('#components/timeline/timeline-chart').then((module) => module.TimelineChart);

/** The chart's library is a third of all script: it comes beside the page's own, while the events are read. */
const TimelineChart = dynamic(loadChart, { ssr: false, loading: () => <Waiting /> });

function Waiting() {
  return (
    <p role="status" className="grid h-full place-items-center text-text-3">
      <span className="animate-appear">Reading the events over time</span>
    </p>
  );
}

type BodyProps = {
  of: TimelineOf;
  /** Null until the server has answered. */
  shown: { readonly timeline: Timeline; readonly view: View } | null;
  box: RefObject<HTMLDivElement | null>;
  size: Size | null;
  boxClassName: string;
  draft: Interval | null;
  onDraft: (window: Interval | null) => void;
};

/** Legend, chart, overview and what is said of the selection. Its height is the same before and after loading. */
export function TimelineBody({ of, shown, box, size, boxClassName, draft, onDraft }: BodyProps) {
  const choice = useTimelineChoice();
  useEffect(() => {
    loadChart();
  }, []);
  const [asTable, setAsTable] = useState(false);
  const counts = useCounts(of, choice.window);
  const window = draft ?? choice.window;
  const ready = shown !== null && size !== null && size.width > 0;
  const { choose, undo } = choice;
  const archive = shown?.timeline.archive;
  const view = shown?.view;
  const brushing = useMemo<Brushing | null>(() => {
    if (archive === undefined || view === undefined) return null;
    const bounds = boundsOf(intervalOf(archive), choice.window);
    return { window, view, zone: choice.zone, bounds, draft: onDraft, choose, undo };
  }, [archive, view, window, choice.window, choice.zone, onDraft, choose, undo]);

  return (
    <>
      <div className="mt-1.5 min-h-[44px] md:min-h-[22px]">
        {shown === null ? null : (
          <Legend
            timeline={shown.timeline}
            counts={
              draft === null && counts !== undefined
                ? counts
                : countIn(
                    shown.timeline.bins,
                    shown.timeline.binMs,
                    window === null ? shown.view : viewOf(window),
                  )
            }
            selected={window !== null}
          />
        )}
      </div>
      <div ref={box} className={`mt-1 ${boxClassName}`}>
        {ready && brushing !== null ? (
          <BrushContext value={brushing}>
            <Readout timeline={shown.timeline} view={shown.view} zone={choice.zone} width={size.width}>
              <TimelineChart
                timeline={shown.timeline}
                view={shown.view}
                zone={choice.zone}
                width={size.width}
                height={size.height}
              />
            </Readout>
          </BrushContext>
        ) : (
          <Waiting />
        )}
      </div>
      <div className="min-h-[30px]">
        {ready ? (
          <Overview
            timeline={shown.timeline}
            view={shown.view}
            window={window}
            zone={choice.zone}
            width={size.width}
            onView={(next) => choice.show({ view: next })}
          />
        ) : null}
      </div>
      <SelectionNote
        timeline={shown?.timeline ?? null}
        view={shown?.view ?? null}
        counts={draft === null ? counts : undefined}
        asTable={asTable}
        onAsTable={setAsTable}
      />
      {asTable && shown !== null ? (
        <TimelineTable timeline={shown.timeline} window={window} zone={choice.zone} />
      ) : null}
    </>
  );
}
