import { Readable } from 'node:stream';
import { z } from 'zod';
import { type AuditActor, type AuditEntry, writeAudit } from '#lib/adapters/store/audit';
import { readChainHead } from '#lib/adapters/store/audit-chain';
import type { Store } from '#lib/adapters/store/client';
import type { AuditHead } from '#lib/base/audit-head';
import { Bug } from '#lib/base/failure';
import { RECOUNT } from '#lib/recovery/access/actor';
import { permit } from '#lib/recovery/access/permit';
import { auditCsv, auditJsonLines, isWhole } from '#lib/recovery/audit/audit-export';
import { AuditFilterInput, auditFilter } from '#lib/recovery/audit/audit-filter';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';

export const ExportAuditInput = AuditFilterInput.extend({ format: z.enum(['jsonl', 'csv']) });

const TYPES = { jsonl: 'application/jsonl; charset=utf-8', csv: 'text/csv; charset=utf-8' } as const;

/**
 * The audit as a file: JSON lines that can be verified away from Recount, or CSV for a spreadsheet. That it was exported is
 * a line of it, the last one of a whole export. Streams; memory does not grow with it.
 */
export async function exportAudit(
  { store, actor }: Context,
  { format, ...input }: z.output<typeof ExportAuditInput>,
): Promise<Response> {
  permit(actor, 'audit.read');
  // an incident that is not there has no lines; an id that none has finds none
  const filter = (await auditFilter(store, input)) ?? { incidentId: NO_INCIDENT };
  const detail = { format, complete: isWhole(filter), filter: { ...input } };
  const at = isoOf(new Date());
  const wanted = { head: await noteExport(store, actor, detail), filter, at };
  const text =
    format === 'jsonl' ? auditJsonLines(store, wanted) : auditCsv(store, wanted, await readNames(store));
  const stream = Readable.toWeb(Readable.from(encoded(text))) as ReadableStream;
  const name = `recount-audit-${at.slice(0, 10)}.${format}`;
  return new Response(stream, {
    headers: { 'Content-Type': TYPES[format], 'Content-Disposition': `attachment; filename="${name}"` },
  });
}

/** The whole chain as JSON lines, for the command line: whoever runs it is not signed in, and is named as such. */
export async function exportWhole(
  store: Store,
): Promise<{ readonly head: AuditHead; readonly text: AsyncIterable<string> }> {
  const actor = { ...RECOUNT, via: 'command' };
  const head = await noteExport(store, actor, { format: 'jsonl', complete: true, filter: {} });
  return { head, text: auditJsonLines(store, { head, filter: {}, at: isoOf(new Date()) }) };
}

/** Writes the line, and answers the head that it became, or a newer one. */
async function noteExport(
  store: Store,
  actor: AuditActor,
  detail: NonNullable<AuditEntry['detail']>,
): Promise<AuditHead> {
  await store.$transaction((tx) =>
    writeAudit(tx, { actor, action: 'audit.export', subject: 'audit', detail }),
  );
  const head = await readChainHead(store);
  if (head === null) throw new Bug('the audit has no line after one was written');
  return head;
}

const NO_INCIDENT = '00000000-0000-0000-0000-000000000000';

async function* encoded(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const part of text) yield encoder.encode(part);
}
