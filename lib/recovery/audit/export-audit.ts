import { Readable } from 'node:stream';
import { z } from 'zod';
import { type AuditActor, type AuditEntry, writeAudit } from '#lib/adapters/store/audit';
import { readChainHead } from '#lib/adapters/store/audit-chain';
import type { AuditHead } from '#lib/base/audit-head';
import { publicText, signHead } from '#lib/base/audit-signature';
import { Bug } from '#lib/base/failure';
import { shellActor } from '#lib/recovery/access/actor';
import { permit } from '#lib/recovery/access/permit';
import { type AuditExport, auditCsv, auditJsonLines, isWhole } from '#lib/recovery/audit/audit-export';
import { AuditFilterInput, auditFilter } from '#lib/recovery/audit/audit-filter';
import { ensureSigner } from '#lib/recovery/audit/signing-key';
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
  context: Context,
  { format, ...input }: z.output<typeof ExportAuditInput>,
): Promise<Response> {
  permit(context.actor, 'audit.read');
  const { store, actor } = context;
  // an incident that is not there has no lines; an id that none has finds none
  const filter = (await auditFilter(store, input)) ?? { incidentId: NO_INCIDENT };
  const detail = { format, complete: isWhole(filter), filter: { ...input } };
  const wanted = { ...(await noteExport(context, actor, detail)), filter };
  const { at } = wanted;
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
  context: Pick<Context, 'store' | 'key'>,
): Promise<{ readonly head: AuditHead; readonly text: AsyncIterable<string> }> {
  const noted = await noteExport(context, shellActor(), { format: 'jsonl', complete: true, filter: {} });
  return { head: noted.head, text: auditJsonLines(context.store, { ...noted, filter: {} }) };
}

/** Writes the line, and answers the head that it became, or a newer one, signed. */
async function noteExport(
  context: Pick<Context, 'store' | 'key'>,
  actor: AuditActor,
  detail: NonNullable<AuditEntry['detail']>,
): Promise<Omit<AuditExport, 'filter'>> {
  const { store } = context;
  const signer = await ensureSigner(context);
  await store.$transaction((tx) =>
    writeAudit(tx, { actor, action: 'audit.export', subject: 'audit', detail }),
  );
  const head = await readChainHead(store);
  if (head === null) throw new Bug('the audit has no line after one was written');
  const at = isoOf(new Date());
  return { head: signHead(signer, head, at), at, publicKey: publicText(signer) };
}

const NO_INCIDENT = '00000000-0000-0000-0000-000000000000';

async function* encoded(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const part of text) yield encoder.encode(part);
}
