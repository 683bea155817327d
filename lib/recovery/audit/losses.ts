import { z } from 'zod';
import { readAuditLines } from '#lib/adapters/store/audit-lines';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { AuditHead } from '#lib/base/audit-head';
import { isSigned, type PublicKey, type Signer, signStatement } from '#lib/base/audit-signature';

// After the records were put back to a backup, the lines since then are gone, and ledgers go on knowing them. An admin says
// so once, in a line of the audit: which heads are of the lost lines, and why they are lost. It is signed: who has every
// right on the database cannot have it said by writing into the table. Only exactly these heads are let be.

export const LOSS_ACTION = 'audit.acknowledge_loss';
export const RESTORE_ACTION = 'backup.restore';
const MOST_LOSSES = 10_000;

/** What is said. `heads`: `position:hash` of each. */
type Statement = {
  readonly chain: string;
  readonly from: number;
  readonly to: number;
  readonly heads: readonly string[];
  readonly by: string;
  readonly reason: string;
};

const Detail = z.object({
  from: z.number(),
  to: z.number(),
  heads: z.array(z.string()),
  reason: z.string(),
  key: z.string(),
  signature: z.string(),
});

/** An acknowledgement that stands in the chain. */
export type Loss = {
  /** Of its own line. */
  readonly position: number;
  readonly at: string;
  /** The admin's id. */
  readonly by: string;
  /** The first lost line that is known, and the last. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly heads: ReadonlySet<string>;
};

const nameOf = ({ position, hash }: Pick<AuditHead, 'position' | 'hash'>): string => `${position}:${hash}`;

/** Whether a head is of lines whose loss was acknowledged. */
export const isKnownLost = (losses: readonly Loss[], head: Pick<AuditHead, 'position' | 'hash'>): boolean =>
  losses.some(({ heads }) => heads.has(nameOf(head)));

/** What the line of an acknowledgement says, signed. */
export function lossDetail(
  signer: Signer,
  heads: readonly AuditHead[],
  said: Omit<Statement, 'heads'>,
): z.output<typeof Detail> {
  const { from, to, reason } = said;
  const names = [...new Set(heads.map(nameOf))].sort();
  const signature = signStatement(signer, statementOf({ ...said, heads: names }));
  return { from, to, heads: names, reason, key: signer.id, signature };
}

const statementOf = (said: Statement): object => ({ recount_audit_loss: 1, ...said });

/** A line as it is stored or exported; `detail` is its JSON. */
type SaidLine = {
  readonly position: number;
  readonly at: string;
  readonly actor: string;
  readonly detail: unknown;
};

/** What such a line acknowledges; null where none of the keys signed it. */
export function readLoss(line: SaidLine, chain: string, keys: readonly PublicKey[]): Loss | null {
  const parsed = Detail.safeParse(line.detail);
  if (!parsed.success) return null;
  const { from, to, heads, reason, key: id, signature } = parsed.data;
  const key = keys.find((one) => one.id === id);
  const { position, at, actor: by } = line;
  if (key === undefined || !isSigned(key, statementOf({ chain, from, to, heads, by, reason }), signature))
    return null;
  return { position, at, by, from, to, reason, heads: new Set(heads) };
}

/** Every acknowledgement in the chain that one of the keys signed. */
export async function readLosses(store: StoreTransaction, keys: readonly PublicKey[]): Promise<Loss[]> {
  const lines = await readAuditLines(store, { action: LOSS_ACTION }, { limit: MOST_LOSSES, order: 'oldest' });
  if (lines.length === 0) return [];
  const { id: chain } = await store.auditChain.findFirstOrThrow();
  return lines.flatMap((line) => readLoss({ ...line, detail: JSON.parse(line.detail) }, chain, keys) ?? []);
}

/** What was lost and nobody acknowledged: as far as is known from the heads that nothing explains. */
export type Lost = { readonly from: number; readonly to: number };

/** The first line that is lost: the one that a restore wrote in its place, where it is known; else the first of the heads. */
export async function lostIn(
  store: StoreTransaction,
  heads: readonly Pick<AuditHead, 'position'>[],
): Promise<Lost | null> {
  if (heads.length === 0) return null;
  const positions = heads.map(({ position }) => position);
  const first = Math.min(...positions);
  const [restored] = await readAuditLines(
    store,
    { action: RESTORE_ACTION },
    { before: first + 1, limit: 1, order: 'newest' },
  );
  return { from: restored?.position ?? first, to: Math.max(...positions) };
}
