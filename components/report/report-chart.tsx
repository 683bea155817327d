import { type ChartShape, chartShape, HEIGHT, WIDTH } from '#components/report/chart-shape.ts';
import { formatCount } from '#components/ui/format.ts';
import { formatDuration, formatTime, formatWindow } from '#components/ui/time.ts';
import type { Report } from '#lib/report/report';
import type { Timeline } from '#lib/window/timeline';

type Props = { timeline: Timeline; window: Report['summary']['window']; madeAt: string };

/** The archive around the window, as it was when the report was made. Drawn to be read and printed, not used. */
export function ReportChart({ timeline, window, madeAt }: Props) {
  const shape = chartShape(timeline, window);
  const clock = timeline.clock === 'time' ? 'happened' : 'arrived';
  const per = timeline.binMs === 60_000 ? 'minute' : formatDuration(timeline.binMs);
  const label = formatWindow(window, { now: Date.parse(madeAt) });
  const inside = timeline.bins.filter(
    (bin) => bin.fromMs + timeline.binMs > Date.parse(window.from) && bin.fromMs < Date.parse(window.to),
  );
  const events = inside.reduce((sum, bin) => sum + bin.events, 0);
  return (
    <figure className="mt-3.5 mb-1.5 break-inside-avoid">
      <div className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-text-2 text-xs">
        <span className="inline-flex items-center gap-1.5">
          <i className="size-2.5 rounded-[2px] bg-series-archive" /> Archived events per {per}
        </span>
        <span className="inline-flex items-center gap-1.5">
          <i className="size-2.5 rounded-[2px] border border-accent bg-accent-soft" /> Window
        </span>
      </div>
      <div
        role="img"
        aria-label={`Archived events per ${per}. The window, ${label} UTC, holds about ${formatCount(events)} records.`}
        className="relative mt-7 ml-9 h-44"
      >
        <Drawing
          shape={shape}
          label={`${clockText(window)} · ${formatDuration(Date.parse(window.to) - Date.parse(window.from))}`}
        />
        {shape.times.map(({ ms, at }) => (
          <span
            key={ms}
            className="absolute top-full -translate-x-1/2 pt-1 text-2xs text-text-3 max-sm:nth-[odd]:hidden"
            style={{ left: `${at * 100}%` }}
          >
            {new Date(ms).toISOString().slice(11, 16)}
          </span>
        ))}
      </div>
      <figcaption className="mt-6 text-text-3 text-xs">
        Events by the time they {clock},{' '}
        {formatTime(new Date(timeline.view.fromMs).toISOString(), { seconds: 'auto' })} to{' '}
        {formatTime(new Date(timeline.view.toMs).toISOString(), { seconds: 'auto' })}. Window {label} UTC, its
        end not included.
      </figcaption>
    </figure>
  );
}

/** `12:02 – 12:34`: the day stands under the chart. */
const clockText = (window: Props['window']): string =>
  formatWindow(window, { now: Date.parse(window.from) }).replace(/\d{1,2} \w{3}(?: \d{4})?, /g, '');

const tickWords = (tick: number): string => (Number.isInteger(tick) ? formatCount(tick) : '');

function Drawing({ shape, label }: { shape: ChartShape; label: string }) {
  return (
    <>
      {shape.ticks.map((tick) => (
        <span
          key={tick}
          className="absolute inset-x-0 border-line border-t"
          style={{ bottom: `${(tick / shape.top) * 100}%` }}
        >
          <span className="absolute right-full -translate-y-1/2 pr-2 text-2xs text-text-3">
            {tickWords(tick)}
          </span>
        </span>
      ))}
      {shape.window === null ? null : (
        <span
          className="absolute inset-y-0 border-accent border-x bg-accent-soft"
          style={{
            left: `${shape.window.from * 100}%`,
            width: `${(shape.window.to - shape.window.from) * 100}%`,
          }}
        >
          <span className="absolute bottom-full left-1/2 -translate-x-1/2 whitespace-nowrap rounded-t-tag bg-accent px-2 py-px text-2xs text-on-accent">
            {label}
          </span>
        </span>
      )}
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="absolute inset-0 size-full overflow-visible"
      >
        <path d={shape.area} fill="var(--series-archive)" opacity="0.65" />
        <path
          d={shape.edge}
          fill="none"
          stroke="var(--series-live)"
          strokeWidth="1"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
    </>
  );
}
