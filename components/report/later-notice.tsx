import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { countOf } from '#components/ui/format.ts';
import { minuteText } from '#components/ui/time.ts';
import type { ReportView } from '#lib/report/report';

/** Above a frozen report: its rows were compared again since, and what came of it. */
export function LaterNotice({ report }: { report: ReportView }) {
  const { later, madeAt } = report;
  if (later === undefined) return null;
  const { cells, differ, moved, at } = later;
  const found =
    differ > 0
      ? `${differ} of ${countOf(cells, 'row', 'rows')} ${differ === 1 ? 'is' : 'are'} not as written`
      : moved > 0
        ? `all are right; ${countOf(moved, 'row has', 'rows have')} moved on`
        : `all ${countOf(cells, 'row is', 'rows are')} right`;
  return (
    <div className="mb-4" data-screen-only>
      <BoxedNotice tone={differ > 0 ? 'warn' : 'neutral'}>
        This report was made on {minuteText(madeAt)}. The rows were compared again on {minuteText(at)}:{' '}
        {found}. What you download or share now is made anew and says so.
      </BoxedNotice>
    </div>
  );
}
