import type { StoreTransaction } from '#lib/adapters/store/client';
import type { LedgerLine } from '#lib/patch/live-store';
import { isKnownLost, type Loss } from '#lib/recovery/audit/losses';
import type { Witness } from '#lib/recovery/audit/verify-audit';

/** The heads that a ledger's lines hold. `target`: how people call the table or file. */
export const witnessesOf = (target: string, lines: readonly LedgerLine[]): Witness[] =>
  lines.flatMap(({ auditHead, seal, kind }) =>
    auditHead === null
      ? []
      : [
          {
            ...auditHead,
            where: `The ledger of ${target} (${kind === 'undo' ? 'the undo of ' : ''}patch ${seal.slice(0, 12)})`,
          },
        ],
  );

/** What the ledgers of one live store hold of the audit, as it was compared with the chain. */
export type LedgerAnchors = {
  /** Heads of this chain. */
  readonly held: number;
  /** The newest of them. */
  readonly newest: number | null;
  /** Heads of other chains. */
  readonly foreign: number;
  /** The first that disagrees, of lines whose loss nobody acknowledged. */
  readonly wrong: { readonly position: number; readonly message: string } | null;
};

/** Compares the heads of ledgers with the chain, by their positions. Reads only those lines. `losses`: acknowledged. */
export async function compareAnchors(
  store: StoreTransaction,
  witnesses: readonly Witness[],
  losses: readonly Loss[],
): Promise<LedgerAnchors> {
  const chain = (await store.auditChain.findFirst({ select: { id: true } }))?.id;
  const own = witnesses.filter((head) => head.chain === chain).sort((a, b) => a.position - b.position);
  const links = await store.auditLink.findMany({
    where: { position: { in: own.map(({ position }) => BigInt(position)) } },
    select: { position: true, hash: true },
  });
  const hashes = new Map(
    links.map(({ position, hash }) => [Number(position), Buffer.from(hash).toString('hex')]),
  );
  const wrong = own.find((head) => hashes.get(head.position) !== head.hash && !isKnownLost(losses, head));
  return {
    held: own.length,
    newest: own.at(-1)?.position ?? null,
    foreign: witnesses.length - own.length,
    wrong:
      wrong === undefined
        ? null
        : { position: wrong.position, message: wrongWords(wrong, hashes.has(wrong.position)) },
  };
}

const wrongWords = ({ where, position }: Witness, isThere: boolean): string =>
  isThere
    ? `${where} has another entry ${position}: the chain up to there was written anew.`
    : `${where} knows entry ${position}, which is not there any more.`;
