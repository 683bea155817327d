import type { View } from '#components/timeline/view.ts';

/** Places in a timeline that its layers share, in pixels. */
export const CHART = {
  right: 8,
  /** Room over the bars for the band that names the window. */
  top: 26,
  band: 18,
  lane: 12,
  laneBar: 9,
  laneTop: 8,
  axis: 19,
  handle: 24,
} as const;

/** Left of the bars: the scale's figures and the lanes' names. */
export const gutterOf = (widthPx: number): number => (widthPx < 560 ? 56 : 62);

/** Where the bars are: what recharts calls the plot area. */
export type Plot = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

export const xOf = (ms: number, view: View, plot: Plot): number =>
  plot.x + ((ms - view.fromMs) / (view.toMs - view.fromMs)) * plot.width;

export const msAt = (x: number, view: View, plot: Plot): number =>
  view.fromMs + ((x - plot.x) / plot.width) * (view.toMs - view.fromMs);

/** A pixel kept over the bars. */
export const within = (x: number, plot: Plot): number => Math.min(Math.max(x, plot.x), plot.x + plot.width);
