import type { DiscrepancyRow } from '#lib/compare/discrepancy';
import type { Report } from '#lib/report/report';
import { approvedByText } from '#lib/report/report-json';
import { countWords, instantText, listText, minuteText, signedText } from '#lib/report/words';

// What Markdown and HTML both say, as plain text: each renderer escapes it in its own way.

export const OUTCOME_TEXT: Readonly<Record<Report['outcome'], string>> = {
  previewed: 'Previewed, nothing written',
  approved: 'Approved, not written yet',
  applied: 'Applied',
  verified: 'Applied and verified',
  differs: 'Applied, rows differ again',
  undone: 'Undone',
  lost: 'Applied, gone from the live store',
  failed: 'Failed, nothing written',
  no_differences: 'No differences',
};

export const CHECK_TEXT = { passed: 'Passed', note: 'Note', failed: 'Failed', not_done: 'Not done' } as const;

export const outcomeText = ({ outcome, checks }: Report): string =>
  checks.some(({ value }) => value === 'not checked') ? 'Not checked' : OUTCOME_TEXT[outcome];

/** One sentence on what was read. */
export function readText({ summary: { archive, window } }: Report): string {
  const early = window.spill_over.length;
  const spill =
    early === 0
      ? ''
      : ` Events that arrived late also touched ${countWords(early, 'earlier bucket', 'earlier buckets')}.`;
  return (
    `The archive was read for the window from ${instantText(window.from)} up to ${instantText(window.to)} (not included), ` +
    `told in the time events ${window.clock === 'time' ? 'happened' : 'arrived'}: ` +
    `${countWords(archive.records, 'record', 'records')} in ${countWords(archive.files, 'file', 'files')}, ` +
    `of which ${countWords(archive.duplicates, 'was an identical copy', 'were identical copies')} and ` +
    `${archive.rejected} could not be read.${spill}`
  );
}

/** One sentence on what was changed, or would be. */
export function changedText({ counts, net, source }: Report): string {
  const rows = counts.updates + counts.inserts + counts.deletes;
  if (rows === 0) return 'Nothing had to be changed.';
  const parts = [
    countWords(counts.updates, 'update', 'updates'),
    countWords(counts.inserts, 'insert', 'inserts'),
    countWords(counts.deletes, 'delete', 'deletes'),
  ];
  const nets = net.map(
    (one) => `${one.measure} ${signedText(one.net)} (${signedText(one.plus)} and ${signedText(one.minus)})`,
  );
  return `Recalculated with ${source.calculation}: ${listText(parts)}.${nets.length === 0 ? '' : ` Net: ${nets.join('; ')}.`}`;
}

const KINDS: Readonly<Record<DiscrepancyRow['class'], string>> = {
  changed: 'changed',
  missing_in_live: 'was missing',
  only_in_live: 'only in live',
  deleted: 'deleted',
  superseded: 'superseded',
};

/** The table of the largest corrections: its heads and cells; null is a value that is not there. */
export function largestTable({ columns, largest }: Report): {
  readonly heads: readonly string[];
  /** Columns of figures, from the left. */
  readonly numeric: readonly boolean[];
  readonly rows: readonly (readonly (string | null)[])[];
} {
  const { keys, bucket, measures } = columns;
  const before = [...keys.map(({ name }) => name), ...(bucket === null ? [] : [bucket.name]), 'kind'];
  const heads = measures.flatMap(({ name }) => [`${name}, before → after`, 'change']);
  return {
    heads: [...before, ...heads, 'events'],
    numeric: [...before.map(() => false), ...heads.map(() => true), true],
    rows: largest.map((row) => [
      ...row.keys,
      ...(bucket === null ? [] : [row.bucket === null ? null : instantText(row.bucket)]),
      KINDS[row.class],
      ...measures.flatMap((_, i) => [
        `${row.live[i] ?? 'none'} → ${row.recalculated[i] ?? 'none'}`,
        row.delta[i] === null || row.delta[i] === undefined ? null : signedText(row.delta[i]),
      ]),
      String(row.events),
    ]),
  };
}

/** Under the table: how much of the whole it shows. */
export function largestText({ counts, largest }: Report): string {
  const rows = counts.updates + counts.inserts + counts.deletes;
  return largest.length < rows
    ? `The ${largest.length} largest of ${countWords(rows, 'row', 'rows')}; the CSV has all of them.`
    : `All ${countWords(rows, 'row', 'rows')}.`;
}

/** Where it all came from, term by term. */
export function sourceFacts(report: Report): readonly (readonly [string, string])[] {
  const { source, summary, approval, appliedAt, madeAt } = report;
  return [
    ['Archive', source.archive],
    ['Live store', source.target],
    ['Calculation', source.calculation],
    ['Window', `${summary.window.from} up to ${summary.window.to} (${summary.window.clock})`],
    ['Seal', source.seal],
    ['Manifest', source.manifestSha256],
    ['Engine', `${summary.engine.name} ${summary.engine.version}`],
    ['Author', approval.author],
    ['Approver', approvedByText(report)],
    ['Applied', appliedAt === null ? 'not applied' : minuteText(appliedAt)],
    ['Report made', minuteText(madeAt)],
  ];
}

/** On what grounds it was approved; null where nobody said. */
export const reasonText = ({ approval }: Report): string | null =>
  approval.reason === null || approval.reason === '' ? null : approval.reason;
