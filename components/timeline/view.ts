import { fromMillis, type Interval, toMillis } from '#lib/base/instant';

/** A stretch in epoch milliseconds, half-open: what a chart shows. Charts need nothing finer. */
export type View = { readonly fromMs: number; readonly toMs: number };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Widths of a bin, as the server cuts them. */
const BIN_WIDTHS = [
  ...[1, 5, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 15, 30].map((n) => n * MINUTE),
  ...[1, 3, 6, 12].map((n) => n * HOUR),
  DAY,
  7 * DAY,
] as const;

export const MAX_BINS = 1440;
const MIN_SPAN_MS = 2 * MINUTE;

export const viewOf = (interval: Interval): View => ({
  fromMs: toMillis(interval.from),
  toMs: toMillis(interval.to),
});
export const intervalOf = (view: View): Interval => ({
  from: fromMillis(view.fromMs),
  to: fromMillis(view.toMs),
});

const floorTo = (t: number, step: number): number => Math.floor(t / step) * step;
const ceilTo = (t: number, step: number): number => Math.ceil(t / step) * step;

/**
 * The width of a bar for a stretch on so many pixels: whole minutes as long as they are no finer than 3 px a
 * bar would need; seconds only when less than 20 minutes are shown.
 */
export function binWidthMs(spanMs: number, widthPx: number): number {
  const bars = Math.min(MAX_BINS, Math.max(40, Math.floor(widthPx / 3)));
  const finest = spanMs < 20 * MINUTE ? SECOND : MINUTE;
  return BIN_WIDTHS.find((w) => w >= finest && spanMs / w <= bars) ?? ceilTo(spanMs / bars, 7 * DAY);
}

/** The view with both ends on bars' edges, and how many bars that makes. */
export function alignToBins(view: View, widthPx: number): { view: View; bins: number } {
  const width = binWidthMs(view.toMs - view.fromMs, widthPx);
  const aligned = { fromMs: floorTo(view.fromMs, width), toMs: ceilTo(view.toMs, width) };
  return { view: aligned, bins: Math.min(MAX_BINS, Math.round((aligned.toMs - aligned.fromMs) / width)) };
}

/** The bars to ask for to count a stretch exactly: by the minute where it is of whole minutes, else as fine as can be. */
export function binsToCount(view: View): number {
  const minutes = (view.toMs - view.fromMs) / MINUTE;
  const even = view.fromMs % MINUTE === 0 && view.toMs % MINUTE === 0;
  return even && minutes <= MAX_BINS ? minutes : MAX_BINS;
}

/** The whole archive in whole minutes. */
export function fitView(archive: View): View {
  const fromMs = floorTo(archive.fromMs, MINUTE);
  return { fromMs, toMs: Math.max(ceilTo(archive.toMs, MINUTE), fromMs + MIN_SPAN_MS) };
}

/** What to show around a window at first: one and a half times its length on both sides, 20 minutes at least. */
export function viewAround(window: View): View {
  const margin = Math.max(1.5 * (window.toMs - window.fromMs), 20 * MINUTE);
  return { fromMs: floorTo(window.fromMs - margin, MINUTE), toMs: ceilTo(window.toMs + margin, MINUTE) };
}

/** Keeps a view over the archive: shifted back inside where it fits, cut where it is longer. */
export function keepInside(view: View, archive: View): View {
  const all = fitView(archive);
  const span = Math.min(view.toMs - view.fromMs, all.toMs - all.fromMs);
  const fromMs = Math.min(Math.max(view.fromMs, all.fromMs), all.toMs - span);
  return { fromMs, toMs: fromMs + span };
}

/** Zooms by `factor` (0.5 shows half) around the middle of the window where it is seen, else of the view. */
export function zoom(view: View, factor: number, window: View | null, archive: View): View {
  const seen = window !== null && window.fromMs < view.toMs && window.toMs > view.fromMs;
  const centre = seen ? (window.fromMs + window.toMs) / 2 : (view.fromMs + view.toMs) / 2;
  const span = Math.max((view.toMs - view.fromMs) * factor, MIN_SPAN_MS);
  const fromMs = floorTo(centre - span / 2, span > 20 * MINUTE ? MINUTE : SECOND);
  return keepInside({ fromMs, toMs: fromMs + span }, archive);
}

export function pan(view: View, byMs: number, archive: View): View {
  return keepInside({ fromMs: view.fromMs + byMs, toMs: view.toMs + byMs }, archive);
}

const TICK_STEPS = [
  ...[1, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 4, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28].map((n) => n * DAY),
] as const;

/** Instants of the axis' ticks on round local times, about 84 px apart; `offsetMs` is the zone's lead on UTC. */
export function ticksOf(
  view: View,
  widthPx: number,
  offsetMs: number,
): { at: readonly number[]; stepMs: number } {
  const span = view.toMs - view.fromMs;
  const fits = Math.max(2, Math.floor(widthPx / 84));
  const stepMs = TICK_STEPS.find((s) => span / s <= fits) ?? ceilTo(span / fits, 28 * DAY);
  // A label is about 30 px wide and centred: none is begun that the right edge would cut.
  const last = view.toMs - (span / widthPx) * 8;
  const at: number[] = [];
  for (let t = ceilTo(view.fromMs + offsetMs, stepMs) - offsetMs; t <= last; t += stepMs) at.push(t);
  return { at, stepMs };
}

/** Figures of the scale from 0 to over the highest bar, in steps of 1, 2 or 5 times a power of ten. */
export function scaleOf(highest: number, most: number): readonly number[] {
  const least = Math.max(1, highest) / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((s) => s >= least) ?? least);
  return Array.from({ length: Math.ceil(Math.max(1, highest) / step) + 1 }, (_, index) => index * step);
}

/** `per minute`, `per 5 min`, `per 15 s`, `per hour`: what one bar counts. */
export function perBin(binMs: number): string {
  const units: readonly (readonly [number, string, string])[] = [
    [DAY, 'day', 'days'],
    [HOUR, 'hour', 'h'],
    [MINUTE, 'minute', 'min'],
    [SECOND, 'second', 's'],
  ];
  for (const [size, one, many] of units) {
    if (binMs % size !== 0) continue;
    return binMs === size ? `per ${one}` : `per ${binMs / size} ${many}`;
  }
  return `per ${binMs} ms`;
}
