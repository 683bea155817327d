import type { Timeline } from '#lib/window/timeline';

const WIDTH = 720;
const HEIGHT = 120;

/**
 * The archive around the window as one SVG of fixed size: a stepped area of events a bar, the window behind it. It holds
 * numbers only, so there is nothing in it to escape.
 */
export function chartSvg(timeline: Timeline, window: { readonly from: string; readonly to: string }): string {
  const { fromMs, toMs } = timeline.view;
  const spanMs = Math.max(1, toMs - fromMs);
  const x = (ms: number): string => (clamp((ms - fromMs) / spanMs) * WIDTH).toFixed(1);
  const most = Math.max(1, ...timeline.bins.map(({ events }) => events));
  const y = (events: number): string => (HEIGHT - (events / most) * HEIGHT).toFixed(1);
  const steps = timeline.bins.map((bin) => {
    const [left, right] = [x(bin.fromMs), x(bin.fromMs + timeline.binMs)];
    return `L${left} ${y(bin.events)}L${right} ${y(bin.events)}`;
  });
  const first = timeline.bins[0];
  const last = timeline.bins.at(-1);
  if (first === undefined || last === undefined) return '';
  const area = `M${x(first.fromMs)} ${HEIGHT}${steps.join('')}L${x(last.fromMs + timeline.binMs)} ${HEIGHT}Z`;
  const [from, to] = [x(Date.parse(window.from)), x(Date.parse(window.to))];
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Archived events over time, with the window marked">`,
    `<rect x="${from}" y="0" width="${(Number(to) - Number(from)).toFixed(1)}" height="${HEIGHT}" class="window"/>`,
    `<path d="${area}" class="events"/>`,
    `<path d="M${from} 0V${HEIGHT}M${to} 0V${HEIGHT}" class="edge"/>`,
    '</svg>',
  ].join('');
}

const clamp = (place: number): number => Math.min(1, Math.max(0, place));
