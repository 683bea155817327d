import { type Instant, type Interval, MICROS } from '#lib/base/instant';

/** What of the window is held: one of its edges, or the whole band. */
export type Grip = 'from' | 'to' | 'band';

/** A drag as it began. `start` is the window then, null where there was none. */
export type Drag = { readonly grip: Grip | 'new'; readonly at: Instant; readonly start: Interval | null };

/** How fine the window moves, and how far it may go. The step is also its least length. */
export type Limits = { readonly step: Instant; readonly bounds: Interval };

export const MINUTE_STEP = MICROS.minute;
/** With Alt. */
export const SECOND_STEP = MICROS.second;

/** The multiple of `step` since 1970 that lies nearest; halves go up. */
export function snap(t: Instant, step: Instant): Instant {
  const rest = (((t + step / 2n) % step) + step) % step;
  return t + step / 2n - rest;
}

const least = (a: Instant, b: Instant): Instant => (a < b ? a : b);
const most = (a: Instant, b: Instant): Instant => (a > b ? a : b);
const clamp = (t: Instant, low: Instant, high: Instant): Instant => most(low, least(t, high));

/** Where the window may be dragged: all of the archive in whole minutes, and where it is already. */
export function boundsOf(archive: Interval, window: Interval | null): Interval {
  const from = archive.from - (((archive.from % MINUTE_STEP) + MINUTE_STEP) % MINUTE_STEP);
  const over = ((archive.to % MINUTE_STEP) + MINUTE_STEP) % MINUTE_STEP;
  const to = over === 0n ? archive.to : archive.to + MINUTE_STEP - over;
  return window === null ? { from, to } : { from: least(from, window.from), to: most(to, window.to) };
}

/**
 * The window that a drag makes while the pointer is at `pointer`. The edges snap to the step; an edge never
 * passes the other. Null while a new window is not yet one step long.
 */
export function dragTo(drag: Drag, pointer: Instant, limits: Limits): Interval | null {
  const { step, bounds } = limits;
  if (drag.grip === 'new' || drag.start === null) {
    const [a, b] = [snap(drag.at, step), snap(pointer, step)].map((t) => clamp(t, bounds.from, bounds.to));
    if (a === undefined || b === undefined || a === b) return null;
    return { from: least(a, b), to: most(a, b) };
  }
  if (drag.grip === 'band') return shift(drag.start, snap(pointer - drag.at, step), bounds);
  // The edge keeps its distance to the pointer, so that it does not jump when it is picked up beside its line.
  const edge = snap(drag.start[drag.grip] + pointer - drag.at, step);
  return moveEdge(drag.start, drag.grip, edge, limits);
}

/** Puts one edge at `to`, at least one step away from the other and inside the bounds. */
export function moveEdge(window: Interval, grip: 'from' | 'to', to: Instant, limits: Limits): Interval {
  const { step, bounds } = limits;
  if (grip === 'from') {
    return { from: least(most(to, bounds.from), window.to - step), to: window.to };
  }
  return { from: window.from, to: most(least(to, bounds.to), window.from + step) };
}

/** Moves the whole window, its length kept, as far as the bounds allow. */
export function shift(window: Interval, by: Instant, bounds: Interval): Interval {
  const allowed = clamp(by, bounds.from - window.from, bounds.to - window.to);
  return { from: window.from + allowed, to: window.to + allowed };
}

export type KeyMove =
  | { readonly kind: 'by'; readonly micros: bigint }
  | { readonly kind: 'edge'; readonly side: 'from' | 'to' }
  | { readonly kind: 'undo' };

type KeyPress = {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
};

const DIRECTION: Readonly<Record<string, bigint>> = {
  ArrowLeft: -1n,
  ArrowDown: -1n,
  ArrowRight: 1n,
  ArrowUp: 1n,
  PageDown: -10n,
  PageUp: 10n,
};

/**
 * What a key on a handle means: arrows 1 minute (Shift 10, Alt 1 second), Page keys 10 minutes, Home and End the
 * visible edges, Escape and Ctrl+Z undo. Null for every other key.
 */
export function readKey(press: KeyPress): KeyMove | null {
  const direction = DIRECTION[press.key];
  if (direction !== undefined && !press.ctrlKey && !press.metaKey) {
    const step = press.altKey ? SECOND_STEP : MINUTE_STEP;
    return { kind: 'by', micros: direction * step * (press.shiftKey ? 10n : 1n) };
  }
  if (press.key === 'Home') return { kind: 'edge', side: 'from' };
  if (press.key === 'End') return { kind: 'edge', side: 'to' };
  const undo = press.key === 'Escape' || (press.key === 'z' && (press.ctrlKey || press.metaKey));
  return undo ? { kind: 'undo' } : null;
}

/** The window after a key on `grip`. `view` is what the chart shows: Home and End go to its edges. */
export function applyKey(
  window: Interval,
  grip: Grip,
  move: Exclude<KeyMove, { kind: 'undo' }>,
  view: Interval,
  bounds: Interval,
): Interval {
  if (grip === 'band') {
    const by = move.kind === 'by' ? move.micros : view[move.side] - window[move.side];
    return shift(window, by, bounds);
  }
  const fine = move.kind === 'by' && absolute(move.micros) < MINUTE_STEP;
  // Never longer than the window is: an edge that is asked towards the other must not step back from it.
  const step = least(fine ? SECOND_STEP : MINUTE_STEP, window.to - window.from);
  const target = move.kind === 'by' ? window[grip] + move.micros : view[move.side];
  return moveEdge(window, grip, target, { step, bounds });
}

const absolute = (n: bigint): bigint => (n < 0n ? -n : n);

/** The window `by` wider on both sides. */
export const widen = (window: Interval, by: Instant): Interval => ({
  from: window.from - by,
  to: window.to + by,
});

/** The window widened to whole hours of a clock that is `offset` ahead of UTC. */
export function wholeHours(window: Interval, offset: bigint): Interval {
  const down = (t: Instant): Instant => t - ((((t + offset) % MICROS.hour) + MICROS.hour) % MICROS.hour);
  const from = down(window.from);
  const to = down(window.to + MICROS.hour - 1n);
  return { from, to: to > from ? to : from + MICROS.hour };
}

export const sameWindow = (a: Interval | null, b: Interval | null): boolean =>
  a === b || (a !== null && b !== null && a.from === b.from && a.to === b.to);
