'use client';

import { type PointerEvent, type ReactNode, useState } from 'react';
import { CHART, gutterOf, msAt, type Plot } from '#components/timeline/chart-size.ts';
import type { View } from '#components/timeline/view.ts';
import { formatTyped } from '#components/timeline/zone.ts';
import { formatCount } from '#components/ui/format.ts';
import { fromMillis } from '#lib/base/instant';
import type { Timeline, TimelineBin } from '#lib/window/timeline';

type ReadoutProps = { timeline: Timeline; view: View; zone: string; width: number; children: ReactNode };

/** The figures of the bar under a resting mouse. Everything in it stands in the table too. */
export function Readout({ timeline, view, zone, width, children }: ReadoutProps) {
  const [over, setOver] = useState<{ x: number; bin: TimelineBin } | null>(null);
  const plot: Plot = { x: gutterOf(width), y: 0, width: width - gutterOf(width) - CHART.right, height: 0 };
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const ms = msAt(x, view, plot);
    const dragged = event.buttons !== 0 || event.pointerType !== 'mouse';
    const bin = dragged
      ? undefined
      : timeline.bins.find((each) => each.fromMs <= ms && ms < each.fromMs + timeline.binMs);
    setOver(bin === undefined || x < plot.x ? null : { x, bin });
  };
  const right = over !== null && over.x > width - 190;
  return (
    <div className="relative touch-pan-y" onPointerMove={follow} onPointerLeave={() => setOver(null)}>
      {children}
      {over === null ? null : (
        <div
          aria-hidden="true"
          className="pointer-events-none absolute top-7 z-10 grid gap-0.5 rounded-control-sm border border-line-2 bg-surface px-2 py-1.5 text-text-2 text-xs shadow-pop"
          style={right ? { right: width - over.x + 12 } : { left: over.x + 12 }}
        >
          <span className="font-medium text-text">
            {formatTyped(fromMillis(over.bin.fromMs), zone)} {zone}
          </span>
          <span>{formatCount(over.bin.events)} archived</span>
          {over.bin.rejected > 0 ? <span>{formatCount(over.bin.rejected)} rejected</span> : null}
          {over.bin.duplicates > 0 ? <span>{formatCount(over.bin.duplicates)} duplicate</span> : null}
          {timeline.hasArrival && over.bin.late > 0 ? <span>{formatCount(over.bin.late)} late</span> : null}
        </div>
      )}
    </div>
  );
}
