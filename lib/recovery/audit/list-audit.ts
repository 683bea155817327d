import { z } from 'zod';
import { type AuditLine, readAuditLines } from '#lib/adapters/store/audit-lines';
import { permit } from '#lib/recovery/access/permit';
import { AuditFilterInput, auditFilter } from '#lib/recovery/audit/audit-filter';
import { auditWords } from '#lib/recovery/audit/audit-words';
import type { Context } from '#lib/recovery/setup/context';
import { readNames } from '#lib/recovery/setup/people';
import type { AuditLineView, AuditPage } from '#lib/report/audit-view';

export const ListAuditInput = AuditFilterInput.extend({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** Lines of the audit, the newest first, a page at a time. */
export async function listAudit(
  { store, actor }: Context,
  { before, limit, ...input }: z.output<typeof ListAuditInput>,
): Promise<AuditPage> {
  permit(actor, 'audit.read');
  const filter = await auditFilter(store, input);
  if (filter === null) return { lines: [], next: null };
  const lines = await readAuditLines(store, filter, { before, limit: limit + 1, order: 'newest' });
  const shown = lines.slice(0, limit);
  const nameOf = await readNames(store);
  return {
    lines: shown.map((line) => viewOf(line, nameOf)),
    next: lines.length > limit ? (shown.at(-1)?.position ?? null) : null,
  };
}

function viewOf(line: AuditLine, nameOf: (id: string) => string): AuditLineView {
  const { position, at, via, address, session, action, incidentNumber, subject, seal, detail, hash } = line;
  return {
    position,
    at,
    actor: { id: line.actor, name: nameOf(line.actor) },
    via,
    address,
    session,
    action,
    words: auditWords(action),
    incident: incidentNumber,
    subject,
    seal,
    detail: JSON.parse(detail),
    hash,
  };
}
