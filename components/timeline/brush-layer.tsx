'use client';

import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { usePlotArea, ZIndexLayer } from 'recharts';
import {
  applyKey,
  type Drag,
  dragTo,
  type Grip,
  MINUTE_STEP,
  readKey,
  SECOND_STEP,
} from '#components/timeline/brush.ts';
import { useBrushing } from '#components/timeline/brush-context.ts';
import { BandLabel, EdgeHandle } from '#components/timeline/brush-parts';
import { CHART, msAt, type Plot, within, xOf } from '#components/timeline/chart-size.ts';
import { intervalOf, viewOf } from '#components/timeline/view.ts';
import { lengthWords, windowText } from '#components/timeline/words.ts';
import { fromMillis, type Interval, toMillis } from '#lib/base/instant';

/** Pixels before a press on the empty chart becomes a new window: a tap selects nothing. */
const SLACK_PX = 4;

/** The window over the bars: a band, two handles, and the empty chart that takes a new one. */
export function BrushLayer() {
  const plot = usePlotArea();
  return plot === undefined ? null : (
    <ZIndexLayer zIndex={1500}>
      <Brush plot={plot} />
    </ZIndexLayer>
  );
}

type Held = { readonly drag: Drag; readonly x: number; readonly pointer: number; moved: Interval | null };

function Brush({ plot }: { plot: Plot }) {
  const { window: chosen, view, zone, bounds, on } = useBrushing();
  const held = useRef<Held | null>(null);
  const bottom = plot.y + plot.height;

  const instantAt = (event: PointerEvent<SVGElement>): { x: number; at: bigint } => {
    const left = event.currentTarget.ownerSVGElement?.getBoundingClientRect().left ?? 0;
    const x = event.clientX - left;
    return { x, at: fromMillis(msAt(within(x, plot), view, plot)) };
  };
  const take = (grip: Drag['grip']) => (event: PointerEvent<SVGElement>) => {
    if (on === null || event.button !== 0) return;
    const { x, at } = instantAt(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    held.current = { drag: { grip, at, start: chosen }, x, pointer: event.pointerId, moved: null };
  };
  const move = (event: PointerEvent<SVGElement>) => {
    const hold = held.current;
    if (on === null || hold === null || hold.pointer !== event.pointerId) return;
    const { x, at } = instantAt(event);
    if (hold.moved === null && Math.abs(x - hold.x) < SLACK_PX) return;
    const step = event.altKey ? SECOND_STEP : MINUTE_STEP;
    hold.moved = dragTo(hold.drag, at, { step, bounds }) ?? hold.moved;
    on.draft(hold.moved);
  };
  const drop = () => {
    const moved = held.current?.moved;
    held.current = null;
    if (moved) on?.choose(moved, 'push');
    on?.draft(null);
  };
  const giveUp = () => {
    held.current = null;
    on?.draft(null);
  };
  const drags = (grip: Drag['grip']) => ({
    onPointerDown: take(grip),
    onPointerMove: move,
    onPointerUp: drop,
    onPointerCancel: giveUp,
  });
  const press = (grip: Grip) => (event: KeyboardEvent<SVGElement>) => {
    const key = readKey(event);
    if (on === null || chosen === null || key === null) return;
    event.preventDefault();
    if (key.kind === 'undo') on.undo();
    else on.choose(applyKey(chosen, grip, key, intervalOf(view), bounds), 'replace');
  };

  const empty = (
    <rect
      x={plot.x}
      y={0}
      width={plot.width}
      height={bottom}
      className="cursor-crosshair touch-pan-y fill-transparent"
      data-testid="timeline-plot"
      {...drags('new')}
    />
  );
  if (chosen === null) return on === null ? null : empty;
  const shown = viewOf(chosen);
  const [x0, x1] = [xOf(shown.fromMs, view, plot), xOf(shown.toMs, view, plot)];
  const [left, right] = [within(x0, plot), within(x1, plot)];
  const seen = x1 > plot.x && x0 < plot.x + plot.width;
  const minutes = (ms: number): number => Math.round(ms / 60_000);
  const [least, most] = [minutes(toMillis(bounds.from)), minutes(toMillis(bounds.to))];
  return (
    <g>
      <Dim plot={plot} left={left} right={right} />
      {on === null ? null : empty}
      {seen ? <BandLabel window={chosen} zone={zone} left={left} right={right} /> : null}
      {seen && on !== null ? (
        <rect
          role="slider"
          tabIndex={0}
          aria-label="Move the window"
          aria-valuenow={minutes(shown.fromMs)}
          aria-valuetext={`${windowText(chosen, zone, shown.toMs)} ${zone}, ${lengthWords(chosen)}`}
          aria-valuemin={least}
          aria-valuemax={most}
          x={left}
          y={0}
          width={Math.max(0, right - left)}
          height={bottom}
          className="cursor-grab touch-pan-y fill-transparent outline-none focus-visible:stroke-[1.5] focus-visible:stroke-text active:cursor-grabbing"
          onKeyDown={press('band')}
          {...drags('band')}
        />
      ) : null}
      {(['from', 'to'] as const).map((grip) => {
        const x = grip === 'from' ? x0 : x1;
        if (x < plot.x - 1 || x > plot.x + plot.width + 1) return null;
        if (on === null)
          return <line key={grip} x1={x} x2={x} y1={0} y2={bottom} className="stroke-[1.5] stroke-accent" />;
        const reach = Math.min(CHART.handle / 2, (right - left) / 3);
        return (
          <EdgeHandle
            key={grip}
            grip={grip}
            at={chosen[grip]}
            zone={zone}
            x={x}
            inner={reach}
            plot={plot}
            range={{ least, most, now: minutes(toMillis(chosen[grip])) }}
            onKeyDown={press(grip)}
            {...drags(grip)}
          />
        );
      })}
    </g>
  );
}

/** What is not selected steps back. */
function Dim({ plot, left, right }: { plot: Plot; left: number; right: number }) {
  const rest = { y: plot.y, height: plot.height, className: 'pointer-events-none fill-surface opacity-45' };
  return (
    <>
      <rect x={plot.x} width={Math.max(0, left - plot.x)} {...rest} />
      <rect x={right} width={Math.max(0, plot.x + plot.width - right)} {...rest} />
    </>
  );
}
