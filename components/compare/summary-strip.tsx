'use client';

import { agreeing, compared, differing } from '#components/compare/figures.ts';
import { type Bar, Histogram } from '#components/compare/histogram';
import { Card } from '#components/ui/card';
import { countOf, formatCount, formatDifference, formatPercent, signOf } from '#components/ui/format.ts';
import { type Stat, StatStrip } from '#components/ui/stat-strip';
import { NoValue } from '#components/ui/value';
import type { Summary } from '#lib/replay/run';

type StripProps = {
  summary: Summary;
  runId: string;
  /** Measures that are numbers, and the one whose differences are shown. */
  measures: readonly string[];
  measure: string | undefined;
  bar: Bar | null;
  onMeasure: (measure: string) => void;
  onBar: (bar: Bar | null) => void;
};

/** What the preview came to, in five figures and the spread of the differences. */
export function SummaryStrip({ summary, measure, ...rest }: StripProps) {
  const differ = differing(summary.cells) > 0 && measure !== undefined;
  return (
    <Card
      aria-label="Summary"
      className={differ ? 'grid gap-px bg-line lg:grid-cols-[minmax(0,5fr)_minmax(0,2fr)]' : ''}
    >
      <StatStrip stats={statsOf(summary, measure)} />
      {differ ? <Histogram {...rest} measure={measure} /> : null}
    </Card>
  );
}

/** What makes a row a compared one. */
function comparedNote(cells: Summary['cells']): string {
  if (cells.pending > 0) return `${formatCount(cells.pending)} more are still open`;
  return cells.only_in_live > 0 ? 'with events in the window, or only in live' : 'with events in the window';
}

function statsOf(summary: Summary, measure: string | undefined): readonly Stat[] {
  const { cells, archive, checksums } = summary;
  const all = compared(cells);
  const [match, differ] = [agreeing(cells), differing(cells)];
  const attention = archive.rejected + archive.conflicting_ids;
  return [
    {
      label: 'Rows compared',
      figure: formatCount(all),
      note: comparedNote(cells),
    },
    {
      label: 'Match',
      figure: formatCount(match),
      note:
        all === 0
          ? 'no rows'
          : `${formatPercent(match, all)}${checksums.live === checksums.recalculated ? ', checksums equal' : ''}`,
    },
    {
      label: 'Differ',
      figure: formatCount(differ),
      note: all === 0 ? 'no rows' : `${formatPercent(differ, all)} of rows`,
    },
    net(summary, measure),
    {
      label: 'Need attention',
      figure: formatCount(attention),
      note: attentionNote(archive),
      ...(attention > 0 ? { tone: 'warn' } : {}),
    },
  ];
}

function net({ net_delta, net_parts }: Summary, measure: string | undefined): Stat {
  const value = measure === undefined ? undefined : net_delta[measure];
  if (measure === undefined || value === undefined) {
    return {
      label: 'Net correction',
      figure: <NoValue because="No measure is a number" />,
      note: 'no measure is a number',
    };
  }
  const parts = net_parts?.[measure];
  const sign = signOf(value);
  return {
    label: `Net correction, ${measure}`,
    figure: <span className={value.length > 10 ? 'text-md' : ''}>{formatDifference(value)}</span>,
    note: parts
      ? `${formatDifference(parts.plus)} and ${formatDifference(parts.minus)}`
      : 'recalculated minus live',
    ...(sign === 'zero' ? {} : { tone: sign }),
  };
}

function attentionNote({ rejected, conflicting_ids, duplicates }: Summary['archive']): string {
  const found = [
    ...(rejected > 0 ? [`${formatCount(rejected)} rejected`] : []),
    ...(conflicting_ids > 0 ? [`${countOf(conflicting_ids, 'id', 'ids')} in conflict`] : []),
  ];
  const doubled = duplicates > 0 ? `${countOf(duplicates, 'duplicate', 'duplicates')} ignored` : null;
  if (found.length === 0) return doubled ?? 'none rejected or in conflict';
  return [...found, ...(doubled === null ? [] : [doubled])].join(', ');
}
