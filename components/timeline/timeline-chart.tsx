'use client';

import { memo, useMemo } from 'react';
import { Area, AreaChart, CartesianGrid, XAxis, YAxis } from 'recharts';
import { BrushLayer } from '#components/timeline/brush-layer';
import { BarGaps, LaneLayer, lanesOf, WindowTint } from '#components/timeline/chart-layers';
import { CHART, gutterOf } from '#components/timeline/chart-size.ts';
import { scaleOf, ticksOf, type View } from '#components/timeline/view.ts';
import { offsetAt } from '#components/timeline/zone.ts';
import { formatCount } from '#components/ui/format.ts';
import { formatClock, formatTime } from '#components/ui/time.ts';
import { fromMillis, MICROS } from '#lib/base/instant';
import type { Timeline } from '#lib/window/timeline';

type ChartProps = { timeline: Timeline; view: View; zone: string; width: number; height: number };

const TICK = { fill: 'var(--text-3)', fontSize: 11 } as const;

/**
 * The bars of a stretch, the lanes under them and the window over them. Drawn anew when bars, view or size change;
 * a drag only redraws the layers that listen to BrushContext.
 */
export const TimelineChart = memo(function TimelineChart({
  timeline,
  view,
  zone,
  width,
  height,
}: ChartProps) {
  const lanes = lanesOf(timeline.hasArrival);
  const under = CHART.laneTop + lanes.length * CHART.lane;
  const gutter = gutterOf(width);
  const points = useMemo(() => stepPoints(timeline), [timeline]);
  const offsetMs = Number(offsetAt(fromMillis(view.fromMs), zone) / 1000n);
  const ticks = ticksOf(view, width - gutter, offsetMs);
  const scale = useMemo(
    () => scaleOf(Math.max(0, ...timeline.bins.map((bin) => bin.events)), height < 260 ? 3 : 5),
    [timeline, height],
  );
  const layer = { bins: timeline.bins, binMs: timeline.binMs, view };
  return (
    <AreaChart
      width={width}
      height={height}
      data={points}
      margin={{ top: CHART.top, right: CHART.right, bottom: 0, left: 0 }}
      accessibilityLayer={false}
    >
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis
        dataKey="ms"
        type="number"
        domain={[view.fromMs, view.toMs]}
        allowDataOverflow
        ticks={ticks.at}
        interval={0}
        height={under + CHART.axis}
        tickMargin={under - 2}
        tickSize={4}
        tickLine={false}
        axisLine={{ stroke: 'var(--line-2)' }}
        tick={TICK}
        tickFormatter={(ms: number) => tickText(ms, ticks.stepMs, zone)}
      />
      <YAxis
        width={gutter}
        domain={[0, scale.at(-1) ?? 1]}
        ticks={[...scale]}
        interval={0}
        axisLine={false}
        tickLine={false}
        tick={TICK}
        tickFormatter={(count: number) => formatCount(count)}
      />
      <WindowTint />
      <Area
        dataKey="events"
        type="stepAfter"
        fill="var(--series-archive)"
        fillOpacity={0.85}
        stroke="var(--text-3)"
        strokeWidth={1.25}
        isAnimationActive={false}
        activeDot={false}
      />
      <BarGaps {...layer} />
      <LaneLayer {...layer} lanes={lanes} />
      <BrushLayer />
    </AreaChart>
  );
});

/** A point at each bar's start and where it ends without a neighbour: a bar that is not there is nothing, not a slope. */
function stepPoints({ bins, binMs }: Timeline): { ms: number; events: number }[] {
  return bins.flatMap((bin, index) => {
    const end = bin.fromMs + binMs;
    const point = { ms: bin.fromMs, events: bin.events };
    return bins[index + 1]?.fromMs === end ? [point] : [point, { ms: end, events: 0 }];
  });
}

/** `12:10`; the day where a tick stands at midnight; seconds where ticks are closer than minutes. */
function tickText(ms: number, stepMs: number, zone: string): string {
  const iso = new Date(ms).toISOString();
  const clock = formatClock(iso, zone);
  if (clock === '00:00:00' || stepMs >= Number(MICROS.day / 1000n)) {
    return formatTime(iso, { zone }).split(' ').slice(0, 2).join(' ');
  }
  return stepMs < 60_000 ? clock : clock.slice(0, 5);
}
