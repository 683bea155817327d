'use client';

import { CommentsCard } from '#components/comments/comments-card';
import { Differences } from '#components/compare/differences';
import { agreeing, compared, differing } from '#components/compare/figures.ts';
import { Findings } from '#components/compare/findings';
import { SummaryStrip } from '#components/compare/summary-strip';
import { queryOf } from '#components/compare/table-url.ts';
import { useTableUrl } from '#components/compare/use-table-url.ts';
import { Card } from '#components/ui/card';
import { formatCount } from '#components/ui/format.ts';
import { EmptyState } from '#components/ui/states';
import type { RunView, Summary } from '#lib/replay/run';

/** A finished preview: its figures, what it found beside them, and the rows. */
export function RunResult({ run, summary }: { run: RunView; summary: Summary }) {
  const [url, change] = useTableUrl();
  const measures = Object.keys(summary.net_delta);
  const { measure } = queryOf(url, measures);
  const none = differing(summary.cells) === 0;
  return (
    <>
      <SummaryStrip
        summary={summary}
        runId={run.id}
        measures={measures}
        measure={measure}
        bar={url.below === '' || url.min === '' ? null : { from: url.min, to: url.below }}
        onMeasure={(next) => change({ measure: next, min: '', max: '', below: '' })}
        onBar={(bar) => change({ min: bar?.from ?? '', below: bar?.to ?? '', max: '' })}
      />
      <Findings run={run} summary={summary} />
      {none ? (
        <Card>
          <EmptyState icon="check" title={noneTitle(summary)}>
            {compared(summary.cells) === 0
              ? 'No archived event lies in the window, so no row is affected. Move the window to where the events are.'
              : `The live rows agree with the archive${summary.cells.superseded > 0 ? `; ${formatCount(summary.cells.superseded)} hold a newer event already` : ''}. There is nothing to correct.`}
          </EmptyState>
        </Card>
      ) : (
        <Differences run={run} summary={summary} measures={measures} url={url} onChange={change} />
      )}
      <CommentsCard runId={run.id} />
    </>
  );
}

function noneTitle({ cells }: Summary): string {
  const all = agreeing(cells);
  if (compared(cells) === 0) return 'No rows to compare.';
  return all === 1
    ? 'No differences. The 1 row matches the archive.'
    : `No differences. All ${formatCount(all)} rows match the archive.`;
}
