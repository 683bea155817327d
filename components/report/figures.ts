import { compared, differing } from '#components/compare/figures.ts';
import { formatCount, formatDifference, signOf } from '#components/ui/format.ts';
import type { PillTone } from '#components/ui/pill';
import type { Stat } from '#components/ui/stat-strip';
import { formatDuration, minuteText } from '#components/ui/time.ts';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';
import type { Report } from '#lib/report/report';

export const OUTCOME_WORDS: Record<Report['outcome'], { word: string; tone: PillTone }> = {
  previewed: { word: 'Previewed, nothing written', tone: 'acc' },
  approved: { word: 'Approved, nothing written yet', tone: 'acc' },
  applied: { word: 'Applied', tone: 'ok' },
  verified: { word: 'Applied and verified', tone: 'ok' },
  differs: { word: 'Applied, rows differ again', tone: 'danger' },
  undone: { word: 'Undone', tone: 'neutral' },
  lost: { word: 'Applied, gone from the live store', tone: 'danger' },
  failed: { word: 'Failed, nothing written', tone: 'danger' },
  no_differences: { word: 'No differences', tone: 'ok' },
};

const written = (report: Report): boolean => ['applied', 'verified', 'differs'].includes(report.outcome);
const patchRows = ({ counts }: Report): number => counts.updates + counts.inserts + counts.deletes;

/** Rows that are wrong when the report is made: what the patch did not write, and what was changed since. */
export function stillDifferent(report: Report): number {
  const { cells } = report.summary;
  const differs = differing(cells);
  return written(report) ? differs - patchRows(report) + (report.verification?.differ ?? 0) : differs;
}

/** The four figures under the lead. */
export function figuresOf(report: Report): readonly Stat[] {
  const { summary, net, appliedAt } = report;
  const [first] = net;
  const done = written(report);
  const undone = report.outcome === 'undone';
  const still = stillDifferent(report);
  // rows that others changed before it was put back: what they are now, the report does not know
  const kept = report.undone?.leftOut ?? 0;
  const sign = first === undefined ? 'zero' : signOf(first.net);
  return [
    {
      label: done ? 'Rows corrected' : undone ? 'Rows put back' : 'Rows to correct',
      figure: formatCount(undone ? (report.undone?.rows ?? patchRows(report)) : patchRows(report)),
      note:
        undone && kept > 0
          ? `${formatCount(kept)} had moved on and stayed`
          : `of ${formatCount(compared(summary.cells))} compared`,
    },
    {
      label: net.length > 1 && first !== undefined ? `Net correction, ${first.measure}` : 'Net correction',
      figure: first === undefined ? '0' : formatDifference(first.net),
      note: first === undefined ? 'nothing to add or take' : partsOf(first),
      ...(sign === 'zero' ? {} : { tone: sign }),
    },
    appliedAt !== null && done
      ? {
          label: 'Error to fix',
          figure: formatDuration(Math.max(0, Date.parse(appliedAt) - Date.parse(summary.window.to))),
          note: `until ${minuteText(appliedAt)}`,
        }
      : {
          label: 'Window',
          figure: formatDuration(Date.parse(summary.window.to) - Date.parse(summary.window.from)),
          note: summary.window.clock === 'time' ? 'of events as they happened' : 'of events as they arrived',
        },
    {
      label: done ? 'Still different' : 'Different now',
      figure: formatCount(undone ? still - kept : still),
      note:
        still === 0
          ? 'every compared row matches'
          : done
            ? 'listed below'
            : undone
              ? kept > 0
                ? `as before the patch; ${formatCount(kept)} moved on`
                : 'as before the patch'
              : 'nothing is written yet',
    },
  ];
}

const partsOf = ({ plus, minus }: Report['net'][number]): string =>
  `${formatDifference(plus)} and ${formatDifference(minus)}`;

/** What a row was, in the words of the preview. */
export function kindOf(row: DiscrepancyRow): { word: string; tone: PillTone } {
  if (row.class === 'missing_in_live') return { word: 'Was missing', tone: 'acc' };
  if (row.class === 'only_in_live') return { word: 'Only in live', tone: 'neutral' };
  if (row.class === 'deleted') return { word: 'Deleted', tone: 'danger' };
  if (row.class === 'superseded') return { word: 'Superseded', tone: 'neutral' };
  const delta = row.delta.find((one) => one !== null && signOf(one) !== 'zero') ?? null;
  if (delta === null) return { word: 'Changed', tone: 'neutral' };
  return signOf(delta) === 'plus' ? { word: 'Too low', tone: 'plus' } : { word: 'Too high', tone: 'minus' };
}
