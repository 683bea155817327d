import { z } from 'zod';
import type { AuditFilter } from '#lib/adapters/store/audit-lines';
import type { StoreTransaction } from '#lib/adapters/store/client';

/** An empty field of a form is no condition. */
const some = (length: number) =>
  z
    .string()
    .max(length)
    .transform((text) => text.trim())
    .transform((text) => (text === '' ? undefined : text))
    .optional();
const instant = z
  .union([z.literal(''), z.iso.datetime({ offset: true })])
  .transform((text) => (text === '' ? undefined : text))
  .optional();

/** By what the lines of the audit are chosen. `incident` is a number, with `INC-` before it or not. */
export const AuditFilterInput = z.object({
  actor: some(200),
  action: some(100),
  incident: some(20).pipe(
    z
      .string()
      .regex(/^(inc-)?\d{1,9}$/i, 'must be a number such as INC-12')
      .transform((text) => Number(text.replace(/^inc-/i, '')))
      .optional(),
  ),
  from: instant,
  to: instant,
  text: some(200),
});
export type AuditFilterInput = z.output<typeof AuditFilterInput>;

/** The filter as the records take it; null where its incident is not there, so that nothing can be found. */
export async function auditFilter(
  store: StoreTransaction,
  { actor, action, incident, from, to, text }: AuditFilterInput,
): Promise<AuditFilter | null> {
  const rest = { actor, action, from, to, text };
  if (incident === undefined) return rest;
  const found = await store.incident.findUnique({ where: { number: incident }, select: { id: true } });
  return found === null ? null : { ...rest, incidentId: found.id };
}
