import { resolve } from 'node:path';
import { Failure } from '#lib/base/failure';
import type { Answer, Flags } from '#lib/entry/command';
import { type RunReport, reportOfRun } from '#lib/recovery/reports/report-of-run';
import { readEnv, readVariable } from '#lib/recovery/setup/env';
import { reportHtml } from '#lib/report/report-html';
import { reportJson } from '#lib/report/report-json';
import { reportMarkdown } from '#lib/report/report-markdown';

const FORMATS: Readonly<Record<string, (run: RunReport) => Promise<string>>> = {
  md: async ({ report }) => reportMarkdown(report),
  html: async ({ report }) => reportHtml(report),
  json: async ({ report }) => `${JSON.stringify(reportJson(report), null, 2)}\n`,
  csv: async ({ csv }) => {
    const parts: string[] = [];
    for await (const part of csv()) parts.push(part);
    return parts.join('');
  },
};

/** `recount report DIR --format md|json|csv|html`: Markdown where no format is given. */
export async function reportCommand(dir: string, flags: Flags, signal: AbortSignal): Promise<Answer> {
  const format = flags.format ?? 'md';
  const render = FORMATS[format];
  if (render === undefined) {
    throw new Failure('command.invalid', `There is no report format "${format}".`, {
      fix: `Use one of ${Object.keys(FORMATS).join(', ')}.`,
    });
  }
  return reportOfRun(resolve(dir), { ...readEnv(), signal }, readVariable, async (run) => {
    const text = await render(run);
    return { value: format === 'json' ? reportJson(run.report) : { format, text }, words: text };
  });
}
