import { z } from 'zod';
import { openChainReader } from '#lib/adapters/store/audit-chain';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { type ChainBreak, type Footing, footingOf } from '#lib/base/audit-chain';
import { Failure } from '#lib/base/failure';
import { keepHead, keptHeadPath, readKeptHead } from '#lib/recovery/audit/kept-head';
import { type Verified, verifyAudit, type Witness } from '#lib/recovery/audit/verify-audit';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';

const EVERY_MS = 60_000;
const WHOLE_EVERY_MS = 3_600_000;

/** What a look at the chain said, as its record has it. */
export const AuditCheckResult = z.object({
  state: z.enum(['unbroken', 'broken']),
  entries: z.number(),
  wholeAt: z.string(),
  problem: z.object({ position: z.number(), message: z.string() }).nullable(),
});
export type AuditCheckResult = z.output<typeof AuditCheckResult>;

type Looking = Pick<Context, 'store' | 'env'>;
/** What a worker remembers between two looks. */
type Known = { readonly from: Footing; readonly wholeAt: Date };

/**
 * Looks at the chain, records what it says, and keeps the head outside the database where nothing is wrong. `known`: only
 * what is newer is looked at. Answers what the next look may start from; null where something is wrong.
 */
export async function checkAudit(context: Looking, known: Known | null): Promise<Known | null> {
  const now = new Date();
  const wholeAt = known?.wholeAt ?? now;
  const { entries, broken, head, next } = await lookAt(context, known?.from);
  await recordCheck(context.store, now, {
    state: broken === null ? 'unbroken' : 'broken',
    entries,
    wholeAt: isoOf(wholeAt),
    problem: broken === null ? null : { position: broken.position, message: broken.message },
  });
  if (broken !== null) console.error(`audit: ${broken.message}`);
  if (broken !== null || head === null) return null;
  await keepHead(context.env, { ...head, at: isoOf(now) });
  return { from: next, wholeAt };
}

async function lookAt({ env }: Looking, from: Footing | undefined): Promise<Verified> {
  const reader = await openChainReader(env.databaseUrl ?? '');
  try {
    const kept = await keptWitness(env);
    if ('broken' in kept) return { ...nothing(await reader.chain()), broken: kept.broken };
    const witnesses = kept.witness === null ? [] : [kept.witness];
    const found = await verifyAudit(reader, { witnesses, ...(from === undefined ? {} : { from }) });
    return found.foreign > 0 ? { ...found, broken: found.broken ?? otherChain(env) } : found;
  } finally {
    await reader.close();
  }
}

const nothing = (chain: string): Verified => ({
  chain,
  entries: 0,
  head: null,
  broken: null,
  next: footingOf(chain),
  witnesses: 0,
  foreign: 0,
});

/** The head in the data folder as a witness. A file that cannot be read is no proof, and is told. */
export async function keptWitness(
  env: Context['env'],
): Promise<{ readonly witness: Witness | null } | { readonly broken: ChainBreak }> {
  try {
    const kept = await readKeptHead(env);
    if (kept === null) return { witness: null };
    const { chain, position, hash } = kept;
    return { witness: { chain, position, hash, where: 'The data folder' } };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { broken: { position: 1, kind: 'unreadable', message: `${error.message} ${error.fix}` } };
  }
}

/** The records were replaced by others; a data folder belongs to one database. */
export const otherChain = (env: Context['env']): ChainBreak => ({
  position: 1,
  kind: 'rewritten',
  message: `${keptHeadPath(env)} is of another chain: the database of the records was replaced.`,
});

async function recordCheck(store: StoreTransaction, at: Date, result: AuditCheckResult): Promise<void> {
  await store.auditCheck.upsert({
    where: { one: true },
    create: { one: true, checkedAt: at, result },
    update: { checkedAt: at, result },
  });
}

/**
 * Looks at the whole chain now and every hour, and at what is new every minute, in the background, until `signal` aborts. A
 * look that cannot be made (the records are away) is logged and made again.
 */
export function watchAudit(context: Looking, signal: AbortSignal): void {
  let known: Known | null = null;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking || signal.aborted) return;
    isLooking = true;
    try {
      const isOld = known !== null && Date.now() - known.wholeAt.getTime() >= WHOLE_EVERY_MS;
      known = await checkAudit(context, isOld ? null : known);
    } catch (error) {
      if (!signal.aborted)
        console.error(`audit: not checked: ${error instanceof Error ? error.message : error}`);
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  void look();
}
