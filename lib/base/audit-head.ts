import { z } from 'zod';

/** Who says that it was so: lib/base/audit-signature.ts. */
export const HeadSignature = z.object({
  /** ISO. */
  at: z.string(),
  /** SHA-256 of the public key. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  /** Ed25519, base64. */
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
});
export type HeadSignature = z.output<typeof HeadSignature>;

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
  /** Not there: from before heads were signed. */
  signed: HeadSignature.exactOptional(),
});
export type AuditHead = z.output<typeof AuditHead>;

/** A head as some store kept it; null for what is none. A signature that is none is left out. */
export function readAuditHead(value: unknown): AuditHead | null {
  const parsed = AuditHead.safeParse(value);
  if (parsed.success) return parsed.data;
  const bare = AuditHead.omit({ signed: true }).safeParse(value);
  return bare.success ? bare.data : null;
}
