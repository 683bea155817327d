import type { View } from '#components/timeline/view.ts';
import type { Timeline, TimelineBin } from '#lib/window/timeline';

/** What the bars count in a stretch. `exact` is false where the stretch cuts a bar: then it is in proportion. */
export type Counts = {
  readonly events: number;
  readonly duplicates: number;
  readonly late: number;
  readonly rejected: number;
  readonly exact: boolean;
};

const FIELDS = ['events', 'duplicates', 'late', 'rejected'] as const;

/** Sums the bars in a half-open stretch. Bars that it cuts count by their share in it. */
export function countIn(bins: readonly TimelineBin[], binMs: number, stretch: View): Counts {
  const sum = { events: 0, duplicates: 0, late: 0, rejected: 0 };
  let exact = true;
  for (const bin of bins) {
    const share = (Math.min(bin.fromMs + binMs, stretch.toMs) - Math.max(bin.fromMs, stretch.fromMs)) / binMs;
    if (share <= 0) continue;
    if (share < 1 && FIELDS.some((f) => bin[f] > 0)) exact = false;
    for (const field of FIELDS) sum[field] += bin[field] * share;
  }
  for (const field of FIELDS) sum[field] = Math.round(sum[field]);
  return { ...sum, exact };
}

/** Where the first bar of the overview begins: bars start at whole multiples of their width in UTC. */
export const overviewStart = ({ archive, overview }: Pick<Timeline, 'archive' | 'overview'>): number =>
  Math.floor(archive.fromMs / overview.binMs) * overview.binMs;

/** The middle of the bar with events that lies nearest to a stretch, by the overview; null for an empty archive. */
export function nearestEvents(
  timeline: Pick<Timeline, 'archive' | 'overview'>,
  stretch: View,
): number | null {
  const { counts, binMs } = timeline.overview;
  const centre = (stretch.fromMs + stretch.toMs) / 2;
  let best: number | null = null;
  counts.forEach((count, index) => {
    const at = overviewStart(timeline) + (index + 0.5) * binMs;
    if (count > 0 && (best === null || Math.abs(at - centre) < Math.abs(best - centre))) best = at;
  });
  return best;
}

/** Bars in the window and as many as `margin` on both sides: what the table that stands for the chart lists. */
export function binsNear(
  bins: readonly TimelineBin[],
  binMs: number,
  window: View | null,
  margin: number,
): readonly (TimelineBin & { readonly inWindow: 'all' | 'part' | 'none' })[] {
  const marked = bins.map((bin) => {
    if (window === null || bin.fromMs >= window.toMs || bin.fromMs + binMs <= window.fromMs) {
      return { ...bin, inWindow: 'none' as const };
    }
    const whole = bin.fromMs >= window.fromMs && bin.fromMs + binMs <= window.toMs;
    return { ...bin, inWindow: whole ? ('all' as const) : ('part' as const) };
  });
  const first = marked.findIndex((bin) => bin.inWindow !== 'none');
  if (first < 0) return marked;
  const last = marked.findLastIndex((bin) => bin.inWindow !== 'none');
  return marked.slice(Math.max(0, first - margin), last + 1 + margin);
}
