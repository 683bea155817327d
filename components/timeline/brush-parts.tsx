'use client';

import type { KeyboardEvent, PointerEvent } from 'react';
import { CHART, type Plot } from '#components/timeline/chart-size.ts';
import { clockRange, lengthShort } from '#components/timeline/words.ts';
import { formatTyped } from '#components/timeline/zone.ts';
import type { Instant, Interval } from '#lib/base/instant';

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

type EdgeHandleProps = {
  grip: 'from' | 'to';
  at: Instant;
  zone: string;
  x: number;
  /** How far its hit area reaches into the window, so that two handles of a narrow window don't cover each other. */
  inner: number;
  plot: Plot;
  /** In minutes, as the slider says where it is. */
  range: { readonly least: number; readonly most: number; readonly now: number };
  onKeyDown: (event: KeyboardEvent<SVGElement>) => void;
  onPointerDown: (event: PointerEvent<SVGElement>) => void;
  onPointerMove: (event: PointerEvent<SVGElement>) => void;
  onPointerUp: (event: PointerEvent<SVGElement>) => void;
  onPointerCancel: (event: PointerEvent<SVGElement>) => void;
};

/** An edge of the window: a line with a knob, 24 px to take hold of. */
export function EdgeHandle({ grip, at, zone, x, inner, plot, range, ...events }: EdgeHandleProps) {
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
      aria-valuemin={range.least}
      aria-valuemax={range.most}
      aria-valuenow={range.now}
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
