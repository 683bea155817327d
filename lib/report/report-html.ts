import type { Report, ReportCheck } from '#lib/report/report';
import { chartSvg } from '#lib/report/report-chart';
import { approvedByText } from '#lib/report/report-json';
import { REPORT_STYLE } from '#lib/report/report-style';
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

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is nothing but text in HTML, in an element or a quoted attribute, and hides nothing. */
export const htmlText = (value: string): string =>
  visibleText(value).replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);

const t = htmlText;

/** The report as one HTML file: no script, nothing loaded from elsewhere, made to be printed too. */
export function reportHtml(report: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${t(report.title)}: recovery report</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<p class="outcome ${report.outcome}">${outcomeText(report)}${report.incident === null ? '' : ` <code>${t(report.incident)}</code>`}</p>
<h1>${t(report.title)}</h1>
<p class="lead">${t(report.lead)}</p>
<h2>What happened</h2>
<p>${t(readText(report))}</p>
${report.timeline === null ? '' : `<figure>${chartSvg(report.timeline, report.summary.window)}<figcaption><small>Archived events over time; the window is marked.</small></figcaption></figure>`}
${list(report.warnings.map(({ message }) => t(message)))}
<h2>What changed</h2>
<p>${t(changedText(report))}</p>
${largest(report)}
<h2>How it was checked</h2>
<table><thead><tr><th>Result</th><th>Check</th><th>Value</th></tr></thead><tbody>
${report.checks.map(checkRow).join('\n')}
</tbody></table>
<h2>What was left out</h2>
${leftOut(report)}
<h2>Who did what</h2>
${who(report)}
<h2>Source</h2>
<dl>
${sourceFacts(report)
  .map(([term, value]) => `<dt>${t(term)}</dt><dd>${t(value)}</dd>`)
  .join('\n')}
</dl>
</main>
</body>
</html>
`;
}

const list = (items: readonly string[]): string =>
  items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;

const checkRow = ({ name, state, value, words }: ReportCheck): string =>
  `<tr><td class="${state}">${CHECK_TEXT[state]}</td><td><b>${t(name)}</b><br><small>${t(words)}</small></td><td>${t(value)}</td></tr>`;

function leftOut(report: Report): string {
  if (report.leftOut.length === 0) return '<p>Nothing: every row that differs is in the patch.</p>';
  return list(report.leftOut.map((one) => `${t(one.reason)} ${countWords(one.rows, 'row', 'rows')}.`));
}

function who(report: Report): string {
  const reason = reasonText(report);
  const lines = [
    `author: <b>${t(report.approval.author)}</b>`,
    `approved_by: <b>${t(approvedByText(report))}</b>`,
    ...(reason === null ? [] : [`reason: <q>${t(reason)}</q>`]),
    ...report.log.map((one) => `${minuteText(one.at)}: <b>${t(one.actor)}</b> ${t(one.words)}`),
  ];
  return list(lines);
}

function largest(report: Report): string {
  const { heads, numeric, rows } = largestTable(report);
  if (rows.length === 0) return '';
  const look = (i: number): string => (numeric[i] ? ' class="n"' : '');
  const head = heads.map((name, i) => `<th${look(i)}>${t(name)}</th>`).join('');
  const cell = (value: string | null, i: number): string =>
    value === null
      ? `<td${look(i)}><span class="none">none</span></td>`
      : `<td${look(i)}><bdi>${t(value)}</bdi></td>`;
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>\n<p><small>${t(largestText(report))}</small></p>`;
}
