import type { ChainReader } from '#lib/adapters/store/audit-chain';
import { type ChainBreak, ChainWalk, type Footing, footingOf, type Link } from '#lib/base/audit-chain';
import type { AuditHead } from '#lib/base/audit-head';

/** A head and who keeps it, in words that begin a sentence. */
export type Witness = AuditHead & { readonly where: string };

export type Verified = {
  readonly chain: string;
  /** Lines that were found right, from the first on. */
  readonly entries: number;
  /** The last of them; null while there is none. */
  readonly head: AuditHead | null;
  /** The first thing that is not as it was written. */
  readonly broken: ChainBreak | null;
  /** Where the next look may begin. */
  readonly next: Footing;
  /** Heads kept elsewhere that were compared. */
  readonly witnesses: number;
  /** Heads of other chains: another installation wrote into the same ledger. */
  readonly foreign: number;
};

export type VerifyOptions = {
  /** `next` of an earlier look: only what stands behind it is looked at. */
  readonly from?: Footing;
  readonly witnesses: readonly Witness[];
};

/**
 * Reads the whole chain and tells each hash again. Finds a line that was changed, dropped, moved or put in; an end that was
 * cut off, and a chain that was written anew, where one of the witnesses reaches that far. Memory does not grow with it.
 */
export async function verifyAudit(
  reader: ChainReader,
  { from, witnesses }: VerifyOptions,
): Promise<Verified> {
  const chain = await reader.chain();
  const own = witnesses.filter((head) => head.chain === chain);
  const walk = new ChainWalk(from ?? footingOf(chain), own);
  const broken =
    (await walked(walk, reader.links(walk.last.position))) ??
    (from === undefined ? await beside(reader, walk) : null);
  const { position, hash } = walk.last;
  return {
    chain,
    entries: position,
    head: position === 0 ? null : { chain, position, hash },
    broken: broken ?? walk.end(),
    next: walk.before,
    witnesses: own.length,
    foreign: witnesses.length - own.length,
  };
}

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
