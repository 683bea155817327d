'use client';

import { type KeyboardEvent, memo, type PointerEvent, useRef } from 'react';
import { overviewStart } from '#components/timeline/bins.ts';
import { CHART, gutterOf, msAt, type Plot, within, xOf } from '#components/timeline/chart-size.ts';
import { pan, type View, viewOf } from '#components/timeline/view.ts';
import { windowText } from '#components/timeline/words.ts';
import { fromMillis, type Interval } from '#lib/base/instant';
import type { Timeline } from '#lib/window/timeline';

type OverviewProps = {
  timeline: Timeline;
  view: View;
  window: Interval | null;
  zone: string;
  width: number;
  onView: (view: View) => void;
};

const HEIGHT = 22;

/** The whole archive in a strip; the outlined part is what the chart shows, and can be moved. */
export function Overview({ timeline, view, window, zone, width, onView }: OverviewProps) {
  const { archive, overview } = timeline;
  const start = overviewStart(timeline);
  const whole: View = {
    fromMs: start,
    toMs: Math.max(archive.toMs, start + overview.counts.length * overview.binMs),
  };
  const plot: Plot = {
    x: 0,
    y: 0,
    width: Math.max(1, width - gutterOf(width) - CHART.right),
    height: HEIGHT,
  };
  const held = useRef<{ at: number; view: View } | null>(null);
  const [left, right] = [view.fromMs, view.toMs].map((ms) => within(xOf(ms, whole, plot), plot)) as [
    number,
    number,
  ];
  const span = view.toMs - view.fromMs;
  const atPointer = (event: PointerEvent<HTMLDivElement>): number =>
    msAt(event.clientX - event.currentTarget.getBoundingClientRect().left, whole, plot);
  const take = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const at = atPointer(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    const inside = at >= view.fromMs && at < view.toMs;
    const start = inside ? view : pan(view, at - (view.fromMs + span / 2), archive);
    if (!inside) onView(start);
    held.current = { at, view: start };
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (held.current === null) return;
    onView(
      pan(held.current.view, Math.round((atPointer(event) - held.current.at) / 60_000) * 60_000, archive),
    );
  };
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = PAN[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onView(pan(view, Number.isFinite(by) ? Math.round((span * by) / 60_000) * 60_000 : by, archive));
  };
  const shown = viewOf(window ?? { from: 0n, to: 0n });
  return (
    <div className="mt-1.5" style={{ marginLeft: gutterOf(width), marginRight: CHART.right }}>
      <div
        role="slider"
        tabIndex={0}
        aria-label="Visible part of the archive"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(((view.fromMs - whole.fromMs) / (whole.toMs - whole.fromMs)) * 100)}
        aria-valuetext={`${windowText({ from: fromMillis(view.fromMs), to: fromMillis(view.toMs) }, zone, view.toMs)} ${zone}`}
        className="cursor-grab touch-pan-y overflow-hidden rounded-tag border border-line bg-sunken active:cursor-grabbing"
        style={{ height: HEIGHT }}
        onPointerDown={take}
        onPointerMove={move}
        onPointerUp={() => {
          held.current = null;
        }}
        onPointerCancel={() => {
          held.current = null;
        }}
        onKeyDown={press}
      >
        <svg aria-hidden="true" width={plot.width} height={HEIGHT} className="block">
          <Silhouette counts={overview.counts} binMs={overview.binMs} whole={whole} width={plot.width} />
          {window === null ? null : (
            <rect
              x={within(xOf(shown.fromMs, whole, plot), plot)}
              y={0}
              width={Math.max(
                2,
                within(xOf(shown.toMs, whole, plot), plot) - within(xOf(shown.fromMs, whole, plot), plot),
              )}
              height={HEIGHT}
              className="fill-accent opacity-80"
            />
          )}
          <rect x={0} y={0} width={left} height={HEIGHT} className="fill-surface opacity-55" />
          <rect
            x={right}
            y={0}
            width={Math.max(0, plot.width - right)}
            height={HEIGHT}
            className="fill-surface opacity-55"
          />
          <rect
            x={left + 0.75}
            y={0.75}
            width={Math.max(6, right - left - 1.5)}
            height={HEIGHT - 3.5}
            rx={3}
            className="fill-none stroke-[1.25] stroke-text-2"
          />
        </svg>
      </div>
    </div>
  );
}

/** Parts of the visible stretch a key moves it by. */
const PAN: Readonly<Record<string, number>> = {
  ArrowLeft: -0.1,
  ArrowDown: -0.1,
  ArrowRight: 0.1,
  ArrowUp: 0.1,
  PageDown: -0.8,
  PageUp: 0.8,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

type SilhouetteProps = { counts: readonly number[]; binMs: number; whole: View; width: number };

const Silhouette = memo(function Silhouette({ counts, binMs, whole, width }: SilhouetteProps) {
  const plot: Plot = { x: 0, y: 0, width, height: HEIGHT };
  const most = Math.max(1, ...counts);
  const steps = counts.map((count, index) => {
    const y = HEIGHT - (count / most) * HEIGHT * 0.86;
    const x = xOf(whole.fromMs + index * binMs, whole, plot);
    return `L${x.toFixed(1)} ${y.toFixed(1)}H${xOf(whole.fromMs + (index + 1) * binMs, whole, plot).toFixed(1)}`;
  });
  return <path d={`M0 ${HEIGHT}${steps.join('')}V${HEIGHT}z`} className="fill-series-archive" />;
});
