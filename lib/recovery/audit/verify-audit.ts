import type { ChainReader } from '#lib/adapters/store/audit-chain';
import {
  breakOf,
  type ChainBreak,
  ChainWalk,
  type Disputed,
  type Footing,
  footingOf,
  type KeptHead,
  type Link,
} from '#lib/base/audit-chain';
import type { AuditHead } from '#lib/base/audit-head';
import { isHeadSigned, type PublicKey } from '#lib/base/audit-signature';
import { isKnownLost, type Loss } from '#lib/recovery/audit/losses';

/** A head and who keeps it, in words that begin a sentence. */
export type Witness = KeptHead;

export type Verified = {
  readonly chain: string;
  /** Lines that were found right, from the first on. */
  readonly entries: number;
  /** The last of them; null while there is none. */
  readonly head: AuditHead | null;
  /** The first thing that is not as it was written. */
  readonly broken: ChainBreak | null;
  /** Heads that the chain does not agree with, though each line of it is right; the loss of none was acknowledged. */
  readonly disputed: readonly Disputed[];
  /** Where the next look may begin. */
  readonly next: Footing;
  /** Heads kept elsewhere that were compared. */
  readonly witnesses: number;
  /** Heads of other chains: another installation wrote into the same ledger. */
  readonly foreign: number;
};

/** A key that heads are signed with, and since which line. */
export type SigningKey = PublicKey & { readonly position: number };

export type VerifyOptions = {
  /** `next` of an earlier look: only what stands behind it is looked at. */
  readonly from?: Footing;
  readonly witnesses: readonly Witness[];
  /** What the chain names, the oldest first: heads behind the first must be signed by one of them. */
  readonly keys?: readonly SigningKey[];
  /** Acknowledged: their heads are let be. */
  readonly losses?: readonly Loss[];
};

/**
 * Reads the whole chain and tells each hash again. Finds a line that was changed, dropped, moved or put in; an end that was
 * cut off, and a chain that was written anew, where one of the witnesses reaches that far; a witness that Recount did not
 * sign. Memory does not grow with it.
 */
export async function verifyAudit(
  reader: ChainReader,
  { from, witnesses, keys = [], losses = [] }: VerifyOptions,
): Promise<Verified> {
  const chain = await reader.chain();
  const own = witnesses.filter((head) => head.chain === chain);
  const walk = new ChainWalk(from ?? footingOf(chain), own);
  const inChain =
    (await walked(walk, reader.links(walk.last.position))) ??
    (from === undefined ? await beside(reader, walk) : null);
  const { position, hash } = walk.last;
  const disputed = inChain === null ? unexplained(walk.end(), losses) : [];
  const [first] = disputed;
  const broken =
    inChain ?? (first === undefined ? forgedIn(own, keys, losses) : breakOf(first, walk.last.position));
  return {
    chain,
    entries: broken === null ? position : Math.min(position, broken.position - 1),
    head: position === 0 ? null : { chain, position, hash },
    broken,
    disputed,
    next: walk.before,
    witnesses: own.length,
    foreign: witnesses.length - own.length,
  };
}

/** Those of the heads whose loss nobody acknowledged. */
export const unexplained = (disputed: readonly Disputed[], losses: readonly Loss[]): Disputed[] =>
  disputed.filter((head) => !isKnownLost(losses, head)).sort((a, b) => a.position - b.position);

async function walked(walk: ChainWalk, batches: AsyncIterable<readonly Link[]>): Promise<ChainBreak | null> {
  for await (const batch of batches) {
    for (const link of batch) {
      const found = walk.step(link);
      if (found !== null) return found;
    }
  }
  return null;
}

/** Lines that the trigger did not chain: it was switched off when they were put in. */
async function beside(reader: ChainReader, walk: ChainWalk): Promise<ChainBreak | null> {
  const seq = await reader.unchained();
  if (seq === null) return null;
  const message = `Line ${seq} of the table stands beside the chain: it was put in another way.`;
  return { position: walk.last.position + 1, kind: 'unchained', message };
}

/** The first head that agrees with the chain, and that its keys did not sign: chain and head were both written anew. */
export function forgedIn(
  witnesses: readonly Witness[],
  keys: readonly SigningKey[],
  losses: readonly Loss[],
): ChainBreak | null {
  const since = keys[0]?.position ?? Number.POSITIVE_INFINITY;
  const isForged = (head: Witness): boolean =>
    head.position > since && !isKnownLost(losses, head) && signedBy(head, keys) === null;
  const forged = witnesses.filter(isForged).sort((a, b) => a.position - b.position)[0];
  if (forged === undefined) return null;
  const { where, position, signed } = forged;
  const what = signed === undefined ? 'is not signed' : 'is not signed by a key of this audit';
  const message = `${where} has a head of entry ${position} that ${what}: Recount did not write it so.`;
  return { position, kind: 'forged', message };
}

/** Which of the keys signed a head; null: none. */
export function signedBy(head: AuditHead, keys: readonly PublicKey[]): PublicKey | null {
  const { signed } = head;
  if (signed === undefined) return null;
  return keys.find((key) => key.id === signed.key && isHeadSigned(key, head, signed)) ?? null;
}
