import { Readable } from 'node:stream';
import type { z } from 'zod';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { permit } from '#lib/recovery/access/permit';
import { currentReport, reportSubject } from '#lib/recovery/reports/build-report';
import { frozenReport } from '#lib/recovery/reports/freeze-report';
import { patchCsv } from '#lib/recovery/reports/report-rows';
import type { Context } from '#lib/recovery/setup/context';
import { type IncidentRef, incidentId } from '#lib/recovery/setup/find-incident';
import { readerSession } from '#lib/recovery/setup/reader-session';
import type { Report } from '#lib/report/report';
import { reportHtml } from '#lib/report/report-html';
import { reportJson } from '#lib/report/report-json';
import { reportMarkdown } from '#lib/report/report-markdown';

type Ref = z.output<typeof IncidentRef>;

/**
 * The report of an incident: frozen once its patch was compared after the apply, else as it stands now. Failures:
 * not_found, run.incomplete.
 */
export async function showReport(context: Context, { ref }: Ref): Promise<Report> {
  permit(context.actor, 'report.read');
  return reportOf(context, await incidentId(context.store, ref));
}

/** The same, of an incident's id. */
export async function reportOf(context: Context, id: string): Promise<Report> {
  const { store } = context;
  const { patchId } = await reportSubject(store, id);
  const patch = patchId === null ? null : await store.patch.findUnique({ where: { id: patchId } });
  const frozen = patchId === null ? null : await frozenReport(store, patchId);
  const isSame =
    (patch?.state === 'verified' && frozen?.outcome === 'verified') ||
    (patch?.state === 'applied' && frozen?.outcome === 'differs') ||
    (patch?.state === 'undone' && frozen?.outcome === 'undone');
  return frozen !== null && isSame ? frozen : currentReport(context, id);
}

const FORMATS = {
  md: { type: 'text/markdown', text: reportMarkdown },
  html: { type: 'text/html', text: reportHtml },
  json: {
    type: 'application/json',
    text: (report: Report) => `${JSON.stringify(reportJson(report), null, 2)}\n`,
  },
} as const;

/** The report as a file. */
export const downloadReport =
  (format: keyof typeof FORMATS) =>
  async (context: Context, input: Ref): Promise<Response> => {
    permit(context.actor, 'report.read');
    const report = await showReport(context, input);
    const { type, text } = FORMATS[format];
    return attachment(text(report), type, `${report.incident ?? 'recovery'}-report.${format}`);
  };

/** Every row of the patch with its values before and after. `exact` for programs, else safe to open in a spreadsheet. */
export const downloadCorrections =
  (kind: 'safe' | 'exact') =>
  async (context: Context, { ref }: Ref): Promise<Response> => {
    permit(context.actor, 'report.read');
    const { store, env } = context;
    const id = await incidentId(store, ref);
    const { number } = await store.incident.findUniqueOrThrow({ where: { id } });
    const { dir } = await reportSubject(store, id);
    const header = await readPatchHeader(dir);
    const rows = patchCsv(await readerSession(env), dir, header, kind === 'safe');
    const stream = Readable.toWeb(Readable.from(encoded(rows))) as ReadableStream;
    const name = `INC-${number}-corrections${kind === 'exact' ? '.exact' : ''}.csv`;
    return attachment(stream, 'text/csv', name);
  };

async function* encoded(parts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const part of parts) yield encoder.encode(part);
}

const attachment = (body: BodyInit, type: string, name: string): Response =>
  new Response(body, {
    headers: {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Disposition': `attachment; filename="${name}"`,
    },
  });
