import { openChainReader } from '#lib/adapters/store/audit-chain';
import type { ChainBreak, Footing } from '#lib/base/audit-chain';
import type { PublicKey } from '#lib/base/audit-signature';
import { Failure } from '#lib/base/failure';
import { keptWitness, otherChain } from '#lib/recovery/audit/kept-head';
import { type Loss, type Lost, lostIn, readLosses } from '#lib/recovery/audit/losses';
import { type NamedKey, readNamedKeys, trustedKeys } from '#lib/recovery/audit/signing-key';
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

/** What else the chain is held to. */
export type Outside = {
  /** Only what is newer is looked at. */
  readonly from?: Footing;
  /** Heads that somebody kept. */
  readonly witnesses?: readonly Witness[];
  /** Public keys that somebody kept: every key that the chain names must be one of them. */
  readonly keys?: readonly PublicKey[];
};

export type VerifiedRecords = Verified & {
  /** What was lost and acknowledged. */
  readonly losses: readonly Loss[];
  /** What seems to be lost, where that alone is wrong. */
  readonly lost: Lost | null;
  /** Keys that the chain names, the oldest first. */
  readonly keys: readonly NamedKey[];
};

/**
 * The chain against the heads that are kept elsewhere: those of ledgers, the one in the data folder, and those given.
 * Writes nothing. Throws the database's error.
 */
export async function verifyRecords(
  context: LedgerContext,
  ledgers: LedgerAnswers | null,
  { from, witnesses: given = [], keys: kept = [] }: Outside = {},
): Promise<VerifiedRecords> {
  const { store, env } = context;
  const folder = await keptWitness(env);
  const own = 'broken' in folder || folder.witness === null ? [] : [folder.witness];
  const others = ledgers?.answered.flatMap(({ witnesses }) => witnesses) ?? [];
  const reader = await openChainReader(env.databaseUrl ?? '');
  try {
    const keys = await readNamedKeys(store);
    const losses = await readLosses(store, await trustedKeys(context, kept));
    const found = await verifyAudit(reader, {
      witnesses: [...own, ...others, ...given],
      keys,
      losses,
      ...(from === undefined ? {} : { from }),
    });
    const isOther = own.some(({ chain }) => chain !== found.chain);
    const fromFolder = 'broken' in folder ? folder.broken : isOther ? otherChain(env) : null;
    const broken = found.broken ?? fromFolder ?? strangeKey(keys, kept);
    return { ...found, broken, losses, keys, lost: await lostIn(store, found.disputed) };
  } finally {
    await reader.close();
  }
}

/** The first key of the chain that is none of those that somebody kept. */
function strangeKey(keys: readonly NamedKey[], kept: readonly PublicKey[]): ChainBreak | null {
  if (kept.length === 0) return null;
  const strange = keys.find(({ id }) => !kept.some((one) => one.id === id));
  if (strange === undefined && keys.length > 0) return null;
  const message =
    strange === undefined
      ? 'The audit names no key that it is signed with, though one was kept.'
      : `Since entry ${strange.position} the audit is signed with the key ${strange.id.slice(0, 16)}, which is none of those given.`;
  return { position: strange?.position ?? 1, kind: 'forged', message };
}
