'use client';

import type { KeyboardEvent } from 'react';
import { usePlotArea, ZIndexLayer } from 'recharts';
import { applyKey, type Grip, readKey } from '#components/timeline/brush.ts';
import { useBrushing } from '#components/timeline/brush-context.ts';
import { Band, BandLabel, Dim, EdgeHandle } from '#components/timeline/brush-parts';
import { CHART, type Plot, within, xOf } from '#components/timeline/chart-size.ts';
import { useBrushDrag } from '#components/timeline/use-brush-drag.ts';
import { intervalOf, viewOf } from '#components/timeline/view.ts';
import type { Interval } from '#lib/base/instant';

/** The window over the bars: a band, two handles, and the empty chart that takes a new one. */
export function BrushLayer() {
  const plot = usePlotArea();
  return plot === undefined ? null : (
    <ZIndexLayer zIndex={1500}>
      <Brush plot={plot} />
    </ZIndexLayer>
  );
}

function Brush({ plot }: { plot: Plot }) {
  const { window, view, bounds, choose, undo } = useBrushing();
  const drags = useBrushDrag(plot);
  const press = (grip: Grip) => (event: KeyboardEvent<SVGElement>) => {
    const key = readKey(event);
    if (window === null || key === null) return;
    event.preventDefault();
    if (key.kind === 'undo') undo();
    else choose(applyKey(window, grip, key, intervalOf(view), bounds), 'replace');
  };
  return (
    <g>
      {window === null ? null : <Dim plot={plot} window={window} view={view} />}
      <rect
        x={plot.x}
        y={0}
        width={plot.width}
        height={plot.y + plot.height}
        className="cursor-crosshair touch-pan-y fill-transparent"
        data-testid="timeline-plot"
        {...drags('new')}
      />
      {window === null ? null : <Window plot={plot} window={window} drags={drags} press={press} />}
    </g>
  );
}

type WindowProps = {
  plot: Plot;
  window: Interval;
  drags: ReturnType<typeof useBrushDrag>;
  press: (grip: Grip) => (event: KeyboardEvent<SVGElement>) => void;
};

function Window({ plot, window, drags, press }: WindowProps) {
  const { view, zone, bounds } = useBrushing();
  const shown = viewOf(window);
  const at = { from: xOf(shown.fromMs, view, plot), to: xOf(shown.toMs, view, plot) };
  const [left, right] = [within(at.from, plot), within(at.to, plot)];
  const [least, most] = [bounds.from, bounds.to].map((t) => Math.round(Number(t / 60_000_000n))) as [
    number,
    number,
  ];
  const seen = at.to > plot.x && at.from < plot.x + plot.width;
  const inPlot = (x: number): boolean => x >= plot.x - 1 && x <= plot.x + plot.width + 1;
  return (
    <>
      {seen ? (
        <>
          <BandLabel window={window} zone={zone} left={left} right={right} />
          <Band
            window={window}
            zone={zone}
            left={left}
            right={right}
            height={plot.y + plot.height}
            least={least}
            most={most}
            onKeyDown={press('band')}
            {...drags('band')}
          />
        </>
      ) : null}
      {(['from', 'to'] as const).map((grip) =>
        inPlot(at[grip]) ? (
          <EdgeHandle
            key={grip}
            grip={grip}
            at={window[grip]}
            zone={zone}
            x={at[grip]}
            inner={Math.min(CHART.handle / 2, (right - left) / 3)}
            plot={plot}
            least={least}
            most={most}
            onKeyDown={press(grip)}
            {...drags(grip)}
          />
        ) : null,
      )}
    </>
  );
}
