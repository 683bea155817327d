'use client';

import { type PointerEvent, useRef } from 'react';
import { type Drag, dragTo, MINUTE_STEP, SECOND_STEP } from '#components/timeline/brush.ts';
import { useBrushing } from '#components/timeline/brush-context.ts';
import { msAt, type Plot, within } from '#components/timeline/chart-size.ts';
import { fromMillis, type Interval } from '#lib/base/instant';

/** Pixels before a press on the empty chart becomes a new window: a tap selects nothing. */
const SLACK_PX = 4;

type Held = { readonly drag: Drag; readonly x: number; readonly pointer: number; moved: Interval | null };
type Handler = (event: PointerEvent<SVGElement>) => void;

export type DragHandlers = {
  readonly onPointerDown: Handler;
  readonly onPointerMove: Handler;
  readonly onPointerUp: Handler;
  readonly onPointerCancel: Handler;
};

/** Dragging of the window, an edge or a new one: a draft while it moves, chosen when it is let go. */
export function useBrushDrag(plot: Plot): (grip: Drag['grip']) => DragHandlers {
  const { window, view, bounds, draft, choose } = useBrushing();
  const held = useRef<Held | null>(null);
  const placeOf = (event: PointerEvent<SVGElement>): { x: number; at: bigint } => {
    const left = event.currentTarget.ownerSVGElement?.getBoundingClientRect().left ?? 0;
    const x = event.clientX - left;
    return { x, at: fromMillis(msAt(within(x, plot), view, plot)) };
  };
  const move: Handler = (event) => {
    const hold = held.current;
    if (hold === null || hold.pointer !== event.pointerId) return;
    const { x, at } = placeOf(event);
    if (hold.moved === null && Math.abs(x - hold.x) < SLACK_PX) return;
    const step = event.altKey ? SECOND_STEP : MINUTE_STEP;
    hold.moved = dragTo(hold.drag, at, { step, bounds }) ?? hold.moved;
    draft(hold.moved);
  };
  const end = (moved: Interval | null): void => {
    held.current = null;
    if (moved !== null) choose(moved, 'push');
    draft(null);
  };
  return (grip) => ({
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      const { x, at } = placeOf(event);
      event.currentTarget.setPointerCapture(event.pointerId);
      held.current = { drag: { grip, at, start: window }, x, pointer: event.pointerId, moved: null };
    },
    onPointerMove: move,
    onPointerUp: () => end(held.current?.moved ?? null),
    // The browser took the touch for a scroll: nothing was meant to be selected.
    onPointerCancel: () => end(null),
  });
}
