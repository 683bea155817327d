import { z } from 'zod';

/**
 * The newest line of the audit's chain at some moment. Whoever holds one elsewhere can tell later whether a line up to it
 * was changed, dropped or put in: the ledger of a live store holds one with every patch.
 */
export const AuditHead = z.object({
  /** Which chain: each database of Recount has one of its own. */
  chain: z.uuid(),
  /** From 1, without a gap. */
  position: z.number().int().positive(),
  /** SHA-256 as 64 hex digits. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type AuditHead = z.output<typeof AuditHead>;

/** A head as some store kept it; null for what is none. */
export function readAuditHead(value: unknown): AuditHead | null {
  const parsed = AuditHead.safeParse(value);
  return parsed.success ? parsed.data : null;
}
