'use client';

import { memo } from 'react';
import { usePlotArea, useYAxisScale, ZIndexLayer } from 'recharts';
import { useBrushing } from '#components/timeline/brush-context.ts';
import { CHART, within, xOf } from '#components/timeline/chart-size.ts';
import { type View, viewOf } from '#components/timeline/view.ts';
import type { TimelineBin } from '#lib/window/timeline';

/** The tint of the window behind the bars. */
export function WindowTint() {
  const plot = usePlotArea();
  const { window, view } = useBrushing();
  if (plot === undefined || window === null) return null;
  const shown = viewOf(window);
  const [x0, x1] = [xOf(shown.fromMs, view, plot), xOf(shown.toMs, view, plot)].map((x) => within(x, plot));
  if (x0 === undefined || x1 === undefined) return null;
  return (
    <ZIndexLayer zIndex={-50}>
      <rect
        x={x0}
        y={CHART.band}
        width={Math.max(0, x1 - x0)}
        height={plot.y + plot.height - CHART.band}
        className="fill-accent opacity-7"
      />
    </ZIndexLayer>
  );
}

type LayerProps = { bins: readonly TimelineBin[]; binMs: number; view: View };

/** Thin gaps between bars that are wide enough to count; as high as the lower of the two. */
export const BarGaps = memo(function BarGaps({ bins, binMs, view }: LayerProps) {
  const plot = usePlotArea();
  const heightOf = useYAxisScale();
  if (plot === undefined || heightOf === undefined) return null;
  if ((binMs / (view.toMs - view.fromMs)) * plot.width <= 4) return null;
  const bottom = plot.y + plot.height;
  const gaps = bins.map((bin, index) => {
    const x = xOf(bin.fromMs, view, plot);
    const lower = Math.min(bin.events, bins[index - 1]?.events ?? 0);
    const y = heightOf(lower);
    if (lower === 0 || y === undefined || x <= plot.x || x >= plot.x + plot.width) return '';
    return `M${x.toFixed(2)} ${y.toFixed(2)}V${bottom}`;
  });
  return (
    <ZIndexLayer zIndex={300}>
      <path d={gaps.join('')} className="pointer-events-none stroke-[0.75] stroke-surface" />
    </ZIndexLayer>
  );
});

export type Lane = {
  readonly field: 'rejected' | 'duplicates' | 'late';
  readonly name: string;
  readonly fill: string;
};

/** The lanes of a timeline; late events only where the archive says when they arrived. */
export const lanesOf = (hasArrival: boolean): readonly Lane[] => [
  { field: 'rejected', name: 'Rejected', fill: 'fill-series-rej' },
  { field: 'duplicates', name: 'Duplicate', fill: 'fill-series-dup' },
  ...(hasArrival ? [{ field: 'late', name: 'Late', fill: 'fill-series-late' } as const] : []),
];

/** Four strengths are told apart; a path for each keeps a full chart at a dozen elements. */
const STRENGTHS = ['opacity-40', 'opacity-60', 'opacity-80', 'opacity-100'] as const;

export const LaneLayer = memo(function LaneLayer({
  lanes,
  ...rest
}: LayerProps & { lanes: readonly Lane[] }) {
  const plot = usePlotArea();
  if (plot === undefined) return null;
  const top = plot.y + plot.height + CHART.laneTop;
  return (
    <g>
      {lanes.map((lane, row) => {
        const y = top + row * CHART.lane;
        const width = Math.max(1.5, (rest.binMs / (rest.view.toMs - rest.view.fromMs)) * plot.width - 0.75);
        return (
          <g key={lane.field}>
            <text x={plot.x - 8} y={y + 8.5} textAnchor="end" className="fill-text-3 text-[11px]">
              {lane.name}
            </text>
            <rect
              x={plot.x}
              y={y}
              width={plot.width}
              height={CHART.laneBar}
              rx={1.5}
              className="fill-sunken"
            />
            {strengthPaths(rest, lane.field, (ms) => {
              const x = xOf(ms, rest.view, plot);
              const end = Math.min(x + width, plot.x + plot.width);
              const start = Math.max(x, plot.x);
              return end > start
                ? `M${start.toFixed(2)} ${y}h${(end - start).toFixed(2)}v${CHART.laneBar}H${start.toFixed(2)}z`
                : '';
            }).map((d, strength) =>
              d === '' ? null : (
                <path key={STRENGTHS[strength]} d={d} className={`${lane.fill} ${STRENGTHS[strength]}`} />
              ),
            )}
          </g>
        );
      })}
    </g>
  );
});

function strengthPaths(
  { bins }: LayerProps,
  field: Lane['field'],
  box: (ms: number) => string,
): readonly string[] {
  const most = Math.max(1, ...bins.map((bin) => bin[field]));
  const paths = STRENGTHS.map(() => '');
  for (const bin of bins) {
    if (bin[field] <= 0) continue;
    const strength = Math.min(STRENGTHS.length - 1, Math.floor((bin[field] / most) * STRENGTHS.length));
    paths[strength] += box(bin.fromMs);
  }
  return paths;
}
