import { Readable } from 'node:stream';
import type { z } from 'zod';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { WRITTEN } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { type Comparisons, readComparisons } from '#lib/recovery/patches/alarm-record';
import { currentReport, type Reading, reportSubject, type Subject } from '#lib/recovery/reports/build-report';
import { frozenReport, lastFrozen } from '#lib/recovery/reports/freeze-report';
import { patchCsv } from '#lib/recovery/reports/report-rows';
import { erasedFailure, refuseErased } from '#lib/recovery/retention/erased';
import type { Context } from '#lib/recovery/setup/context';
import { type IncidentRef, incidentId } from '#lib/recovery/setup/find-incident';
import { isoOf } from '#lib/recovery/setup/iso';
import { readerSession } from '#lib/recovery/setup/reader-session';
import type { Report, ReportView } from '#lib/report/report';
import { reportHtml } from '#lib/report/report-html';
import { reportJson } from '#lib/report/report-json';
import { reportMarkdown } from '#lib/report/report-markdown';

type Ref = z.output<typeof IncidentRef>;

/**
 * The report of an incident: frozen once its patch was compared after the apply, else as it stands now. A frozen one comes
 * with the newest comparison since. Failures: not_found, run.incomplete.
 */
export async function showReport(context: Context, { ref }: Ref): Promise<ReportView> {
  permit(context.actor, 'report.read');
  const { store } = context;
  const id = await incidentId(store, ref);
  const { report, later } = await standingReport(context, id);
  const erasedAt = await rowsErasedAt(store, await reportSubject(store, id));
  return {
    ...report,
    ...(later === null ? {} : { later }),
    ...(erasedAt === null ? {} : { rowsErasedAt: isoOf(erasedAt) }),
  };
}

/** When the rows of what a report tells of were erased; null while they are here. */
async function rowsErasedAt(store: StoreTransaction, { runId, patchId }: Subject): Promise<Date | null> {
  const select = { erasedAt: true } as const;
  const found =
    patchId === null
      ? await store.run.findUnique({ where: { id: runId }, select })
      : await store.patch.findUnique({ where: { id: patchId }, select });
  return found?.erasedAt ?? null;
}

/** What was frozen, and the newest comparison since; null where it tells of that, or was made just now. */
type Standing = { readonly report: Report; readonly later: Comparisons[number] | null };

async function standingReport(context: Reading, id: string): Promise<Standing> {
  const { store } = context;
  const { runId, patchId } = await reportSubject(store, id);
  const patch = patchId === null ? null : await store.patch.findUnique({ where: { id: patchId } });
  const frozen = patchId === null ? null : await frozenReport(store, patchId);
  const isSame =
    (patch?.state === 'verified' && frozen?.outcome === 'verified') ||
    (patch?.state === 'applied' && frozen?.outcome === 'differs') ||
    (patch?.state === 'undone' && frozen?.outcome === 'undone');
  const { erasedAt } = await store.run.findUniqueOrThrow({
    where: { id: runId },
    select: { erasedAt: true },
  });
  if (erasedAt !== null) {
    const kept = await lastFrozen(store, id);
    if (kept === null) throw erasedFailure('The files that this report is made of', erasedAt);
    return { report: kept, later: null };
  }
  if (patch === null || frozen === null || !isSame)
    return { report: await currentReport(context, id), later: null };
  // what was put back is compared as the undo that did it
  const compared =
    patch.state === 'undone'
      ? await store.patch.findFirst({
          where: { undoesId: patch.id, state: { in: [...WRITTEN] } },
          orderBy: { number: 'desc' },
        })
      : patch;
  const [newest] = readComparisons(compared?.verifications ?? []);
  return { report: frozen, later: newest !== undefined && newest.at > frozen.madeAt ? newest : null };
}

/**
 * What is handed out: the frozen report, or one made now where the rows were compared again since. `isNew`: it is to be
 * frozen in its place.
 */
export async function newestReport(
  context: Reading,
  id: string,
): Promise<{ readonly report: Report; readonly isNew: boolean }> {
  const { report, later } = await standingReport(context, id);
  if (later === null) return { report, isNew: false };
  try {
    return { report: await currentReport(context, id), isNew: true };
  } catch (error) {
    // the files that it is made of are gone: what was frozen is what there is
    if (error instanceof Failure) return { report, isNew: false };
    throw error;
  }
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
    const { report } = await newestReport(context, await incidentId(context.store, input.ref));
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
    const subject = await reportSubject(store, id);
    refuseErased('The rows of this report', await rowsErasedAt(store, subject));
    const { dir } = subject;
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
