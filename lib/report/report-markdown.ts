import type { Report } from '#lib/report/report';
import { approvedByText } from '#lib/report/report-json';
import {
  CHECK_TEXT,
  changedText,
  largestTable,
  largestText,
  outcomeText,
  readText,
  reasonText,
  sourceFacts,
} from '#lib/report/sections';
import { countWords, minuteText, visibleText } from '#lib/report/words';

/**
 * Text that stays text wherever Markdown is shown: punctuation escaped, no HTML, no link or mention made of a value, and
 * nothing that can't be seen.
 */
export const markdownText = (value: string): string =>
  visibleText(value)
    .replace(/[\\`*_[\]#|~$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replace(/:(?=\/\/)/g, '&#58;')
    .replace(/(?<=\bwww)\./gi, '&#46;');

/** The same where it begins a line or an item: no list, no rule, no heading is made of it. */
const markdownLine = (value: string): string =>
  markdownText(value)
    .replace(/^(\s*)([-=+])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/, '$1\\$2');

/** The report as Markdown (CommonMark with tables). */
export function reportMarkdown(report: Report): string {
  const t = markdownText;
  const reason = reasonText(report);
  const lines = [
    `# ${t(report.title)}`,
    '',
    `${report.incident === null ? '' : `${t(report.incident)}: `}**${outcomeText(report)}**`,
    '',
    t(report.lead),
    '',
    '## What happened',
    '',
    t(readText(report)),
    ...bullets(report.warnings.map(({ message }) => markdownLine(message))),
    '',
    '## What changed',
    '',
    t(changedText(report)),
    ...largest(report),
    '',
    '## How it was checked',
    '',
    ...table(
      ['', 'Check', 'Result', 'How'],
      [],
      report.checks.map(({ name, state, value, words }) => [CHECK_TEXT[state], name, value, words]),
    ),
    '',
    '## What was left out',
    ...(report.leftOut.length === 0
      ? ['', 'Nothing: every row that differs is in the patch.']
      : bullets(report.leftOut.map((one) => `${t(one.reason)} ${countWords(one.rows, 'row', 'rows')}.`))),
    '',
    '## Who did what',
    '',
    `- author: ${t(report.approval.author)}`,
    `- approved_by: ${t(approvedByText(report))}`,
    ...(reason === null ? [] : [`- reason: ${t(reason)}`]),
    ...report.log.map((one) => `- ${minuteText(one.at)}: ${t(one.actor)} ${t(one.words)}`),
    '',
    '## Source',
    '',
    ...table(
      ['', ''],
      [],
      sourceFacts(report).map(([term, value]) => [term, value]),
    ),
    '',
  ];
  return lines.join('\n');
}

const bullets = (items: readonly string[]): string[] =>
  items.length === 0 ? [] : ['', ...items.map((item) => `- ${item}`)];

function largest(report: Report): string[] {
  const { heads, numeric, rows } = largestTable(report);
  return rows.length === 0 ? [] : ['', ...table(heads, numeric, rows), '', largestText(report)];
}

function table(
  heads: readonly string[],
  numeric: readonly boolean[],
  rows: readonly (readonly (string | null)[])[],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(heads.map(markdownText)),
    line(heads.map((_, i) => (numeric[i] ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((cell) => (cell === null ? '' : markdownText(cell))))),
  ];
}
