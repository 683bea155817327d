import { openChainReader } from '#lib/adapters/store/audit-chain';
import type { Footing } from '#lib/base/audit-chain';
import { Failure } from '#lib/base/failure';
import { keptWitness, otherChain } from '#lib/recovery/audit/kept-head';
import { type Verified, verifyAudit, type Witness } from '#lib/recovery/audit/verify-audit';
import { type LedgerContext, readWitnesses } from '#lib/recovery/jobs/ledger-check';

/** What the ledgers of all live stores hold of the audit. */
export type LedgerAnswers = {
  readonly answered: readonly { readonly liveStoreId: string; readonly witnesses: readonly Witness[] }[];
  /** Live stores whose ledger could not be asked, and why. */
  readonly silent: readonly { readonly name: string; readonly message: string }[];
};

/** Asks every live store that has patches. Changes nothing; one that does not answer keeps the others not back. */
export async function askLedgers(context: LedgerContext): Promise<LedgerAnswers> {
  const stores = await context.store.liveStore.findMany({ select: { id: true, name: true } });
  const answered: { liveStoreId: string; witnesses: readonly Witness[] }[] = [];
  const silent: { name: string; message: string }[] = [];
  const ask = async ({ id, name }: { id: string; name: string }): Promise<void> => {
    try {
      answered.push({ liveStoreId: id, witnesses: await readWitnesses(context, id) });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      silent.push({ name, message: error.message });
    }
  };
  await Promise.all(stores.map(ask));
  return { answered, silent };
}

/**
 * The chain against the heads that are kept elsewhere: those of `ledgers` and the one in the data folder. `from`: only what
 * is newer. Writes nothing. Throws the database's error.
 */
export async function verifyRecords(
  { env }: Pick<LedgerContext, 'env'>,
  ledgers: LedgerAnswers | null,
  from?: Footing,
): Promise<Verified> {
  const reader = await openChainReader(env.databaseUrl ?? '');
  try {
    const kept = await keptWitness(env);
    const own = 'broken' in kept || kept.witness === null ? [] : [kept.witness];
    const others = ledgers?.answered.flatMap(({ witnesses }) => witnesses) ?? [];
    const found = await verifyAudit(reader, {
      witnesses: [...own, ...others],
      ...(from === undefined ? {} : { from }),
    });
    const isOther = own.some(({ chain }) => chain !== found.chain);
    const fromFolder = 'broken' in kept ? kept.broken : isOther ? otherChain(env) : null;
    return { ...found, broken: found.broken ?? fromFolder };
  } finally {
    await reader.close();
  }
}
