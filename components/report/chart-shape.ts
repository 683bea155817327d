import type { Timeline } from '#lib/window/timeline';

/** A chart of width 1,000 and height 100; the page stretches it, so nothing in it is in pixels. */
export const WIDTH = 1000;
export const HEIGHT = 100;

export type ChartShape = {
  /** Stepped area of archived events a bin. */
  readonly area: string;
  /** Its upper edge. */
  readonly edge: string;
  readonly top: number;
  /** Values of the lines across, from the bottom. */
  readonly ticks: readonly number[];
  /** Times of the marks under it, with their place from 0 to 1. */
  readonly times: readonly { readonly ms: number; readonly at: number }[];
  /** Where the window lies, from 0 to 1; null when it is out of view. */
  readonly window: { readonly from: number; readonly to: number } | null;
};

const TIME_STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map(
  (min) => min * 60_000,
);

/** Works out the drawing of a report's timeline. */
export function chartShape(timeline: Timeline, window: { from: string; to: string }): ChartShape {
  const { fromMs, toMs } = timeline.view;
  const spanMs = Math.max(1, toMs - fromMs);
  const place = (ms: number): number => (ms - fromMs) / spanMs;
  const top = niceTop(Math.max(1, ...timeline.bins.map((bin) => bin.events)));
  const points = timeline.bins.flatMap((bin) => {
    const y = round(HEIGHT - (bin.events / top) * HEIGHT);
    const [left, right] = [place(bin.fromMs), place(bin.fromMs + timeline.binMs)];
    return [`${x(left)} ${y}`, `${x(right)} ${y}`];
  });
  const first = timeline.bins[0];
  const last = timeline.bins.at(-1);
  const [begin, end] = [place(first?.fromMs ?? fromMs), place((last?.fromMs ?? toMs) + timeline.binMs)];
  const [from, to] = [place(Date.parse(window.from)), place(Date.parse(window.to))];
  return {
    edge: points.length === 0 ? '' : `M${points.join('L')}`,
    area: points.length === 0 ? '' : `M${x(begin)} ${HEIGHT}L${points.join('L')}L${x(end)} ${HEIGHT}Z`,
    top,
    ticks: [0, 1, 2, 3, 4].map((n) => (top / 4) * n),
    times: timeTicks(fromMs, toMs).map((ms) => ({ ms, at: place(ms) })),
    window: to <= 0 || from >= 1 ? null : { from: clamp(from), to: clamp(to) },
  };
}

const round = (n: number): number => Math.round(n * 100) / 100;
const clamp = (n: number): number => Math.min(1, Math.max(0, n));
const x = (place: number): number => round(clamp(place) * WIDTH);

/** The next number above that reads well and quarters into whole numbers where it is large. */
export function niceTop(most: number): number {
  const size = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 4, 6, 8, 10].find((n) => n * size >= most) ?? 10;
  return Math.max(4, step * size);
}

function timeTicks(fromMs: number, toMs: number): readonly number[] {
  const stepMs = TIME_STEPS_MS.find((step) => (toMs - fromMs) / step <= 9) ?? (toMs - fromMs) / 8;
  const first = Math.ceil(fromMs / stepMs) * stepMs;
  const count = Math.max(0, Math.floor((toMs - first) / stepMs) + 1);
  return Array.from({ length: count }, (_, n) => first + n * stepMs);
}
