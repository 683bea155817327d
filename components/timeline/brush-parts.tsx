'use client';

import type { KeyboardEvent } from 'react';
import { CHART, type Plot, within, xOf } from '#components/timeline/chart-size.ts';
import type { DragHandlers } from '#components/timeline/use-brush-drag.ts';
import { type View, viewOf } from '#components/timeline/view.ts';
import { clockRange, lengthShort, lengthWords, windowText } from '#components/timeline/words.ts';
import { formatTyped } from '#components/timeline/zone.ts';
import { type Instant, type Interval, toMillis } from '#lib/base/instant';

/** The filled band on top of the window, with as many words as fit. */
export function BandLabel({
  window,
  zone,
  left,
  right,
}: {
  window: Interval;
  zone: string;
  left: number;
  right: number;
}) {
  const width = right - left;
  const [times, length] = [clockRange(window, zone), lengthShort(window)];
  // About 6.2 px a letter at 11 px; the rest is air.
  const fits = (text: string): boolean => text.length * 6.2 + 14 <= width;
  const label = [`${times} · ${length}`, times, length].find(fits) ?? '';
  return (
    <g className="pointer-events-none">
      <rect x={left} y={0} width={Math.max(2, width)} height={CHART.band} rx={4} className="fill-accent" />
      <text
        x={(left + right) / 2}
        y={CHART.band - 5}
        textAnchor="middle"
        className="fill-on-accent font-medium text-[11px]"
      >
        {label}
      </text>
    </g>
  );
}

/** What every slider of the window takes. Its range is in minutes since 1970, as far as the archive goes. */
type SliderProps = DragHandlers & {
  zone: string;
  least: number;
  most: number;
  onKeyDown: (event: KeyboardEvent<SVGElement>) => void;
};

const minuteOf = (t: Instant): number => Math.round(Number(t / 60_000_000n));

type BandProps = SliderProps & { window: Interval; left: number; right: number; height: number };

/** The window between its edges: drags and keys move it as a whole. */
export function Band({ window, zone, left, right, height, least, most, ...events }: BandProps) {
  return (
    <rect
      role="slider"
      tabIndex={0}
      aria-label="Move the window"
      aria-valuenow={minuteOf(window.from)}
      aria-valuetext={`${windowText(window, zone, toMillis(window.to))} ${zone}, ${lengthWords(window)}`}
      aria-valuemin={least}
      aria-valuemax={most}
      x={left}
      y={0}
      width={Math.max(0, right - left)}
      height={height}
      className="cursor-grab touch-pan-y fill-transparent outline-none focus-visible:stroke-[1.5] focus-visible:stroke-text active:cursor-grabbing"
      {...events}
    />
  );
}

/** What is not selected steps back. */
export function Dim({ plot, window, view }: { plot: Plot; window: Interval; view: View }) {
  const shown = viewOf(window);
  const [left, right] = [shown.fromMs, shown.toMs].map((ms) => within(xOf(ms, view, plot), plot)) as [
    number,
    number,
  ];
  const rest = { y: plot.y, height: plot.height, className: 'pointer-events-none fill-surface opacity-45' };
  return (
    <>
      <rect x={plot.x} width={Math.max(0, left - plot.x)} {...rest} />
      <rect x={right} width={Math.max(0, plot.x + plot.width - right)} {...rest} />
    </>
  );
}

type EdgeHandleProps = SliderProps & {
  grip: 'from' | 'to';
  at: Instant;
  x: number;
  /** How far its hit area reaches into the window, so that two handles of a narrow window don't cover each other. */
  inner: number;
  plot: Plot;
};

/** An edge of the window: a line with a knob, 24 px to take hold of. */
export function EdgeHandle({ grip, at, zone, x, inner, plot, least, most, ...events }: EdgeHandleProps) {
  const bottom = plot.y + plot.height;
  const middle = plot.y + plot.height / 2;
  const outer = CHART.handle - inner;
  return (
    <g
      role="slider"
      tabIndex={0}
      aria-label={grip === 'from' ? 'Window start' : 'Window end'}
      aria-orientation="horizontal"
      aria-valuetext={`${formatTyped(at, zone)} ${zone}`}
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuenow={minuteOf(at)}
      {...events}
      className="group cursor-ew-resize touch-pan-y outline-none"
    >
      <rect
        x={grip === 'from' ? x - outer : x - inner}
        y={0}
        width={CHART.handle}
        height={bottom}
        className="fill-transparent"
      />
      <line x1={x} x2={x} y1={0} y2={bottom} className="stroke-[1.5] stroke-accent" />
      <rect
        x={x - 5}
        y={middle - 16}
        width={10}
        height={32}
        rx={5}
        className="fill-surface stroke-[1.5] stroke-accent group-focus-visible:fill-accent group-focus-visible:stroke-[4]"
      />
      <path
        d={`M${x - 1.5} ${middle - 5}v10M${x + 1.5} ${middle - 5}v10`}
        className="stroke-1 stroke-accent group-focus-visible:stroke-on-accent"
      />
    </g>
  );
}
