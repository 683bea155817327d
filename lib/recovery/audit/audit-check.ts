import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { Footing } from '#lib/base/audit-chain';
import { keepHead } from '#lib/recovery/audit/kept-head';
import { compareAnchors, type LedgerAnchors } from '#lib/recovery/audit/ledger-witnesses';
import { signNow } from '#lib/recovery/audit/signing-key';
import { askLedgers, verifyRecords } from '#lib/recovery/audit/verify-records';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';

const EVERY_MS = 60_000;
const WHOLE_EVERY_MS = 3_600_000;
/** As long as something is wrong: whether it still is. */
const BROKEN_EVERY_MS = 600_000;

const Stretch = { from: z.number(), to: z.number() };

/** What a look at the chain said, as its record has it. */
export const AuditCheckResult = z.object({
  state: z.enum(['unbroken', 'broken']),
  entries: z.number(),
  wholeAt: z.string(),
  problem: z.object({ position: z.number(), message: z.string() }).nullable(),
  /** Where nothing but lines that are lost is wrong, as after a restore: which. */
  lost: z.object(Stretch).nullable().default(null),
  /** Lost lines whose loss an admin acknowledged. */
  losses: z
    .array(z.object({ ...Stretch, position: z.number(), at: z.string(), by: z.string(), reason: z.string() }))
    .default([]),
});
export type AuditCheckResult = z.output<typeof AuditCheckResult>;

type Looking = Pick<Context, 'store' | 'env' | 'key'>;
/** What a worker remembers between two looks. */
type Known = { readonly from: Footing; readonly wholeAt: Date };

/**
 * Looks at the chain, records what it says, and keeps the head outside the database where nothing is wrong. The ledgers of
 * the live stores are asked too, unless `known` says that all but the newest lines were looked at before. Answers what the
 * next look may start from; null where something is wrong.
 */
export async function checkAudit(context: Looking, known: Known | null): Promise<Known | null> {
  const now = new Date();
  const wholeAt = known?.wholeAt ?? now;
  const ledgers = known === null ? await askLedgers(context) : null;
  const found = await verifyRecords(context, ledgers, known === null ? {} : { from: known.from });
  const { entries, broken, head, next, losses, lost } = found;
  for (const { liveStoreId, witnesses } of ledgers?.answered ?? []) {
    const anchors = await compareAnchors(context.store, witnesses, losses);
    await recordAnchors(context.store, liveStoreId, anchors);
  }
  await recordCheck(context.store, now, {
    state: broken === null ? 'unbroken' : 'broken',
    entries,
    wholeAt: isoOf(wholeAt),
    problem: broken === null ? null : { position: broken.position, message: broken.message },
    lost,
    losses: losses.map(({ heads: _, ...loss }) => loss),
  });
  if (broken !== null) console.error(`audit: ${broken.message}`);
  if (broken !== null) return null;
  if (head !== null) await keepHead(context.env, { ...(await signNow(context, head)), at: isoOf(now) });
  return { from: next, wholeAt };
}

/** A live store that no patch was made for has no such record, and holds nothing. */
const recordAnchors = (store: StoreTransaction, liveStoreId: string, anchors: LedgerAnchors) =>
  store.ledgerCheck.updateMany({ where: { liveStoreId }, data: { anchors: { ...anchors } } });

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
  let wholeAt = 0;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking || signal.aborted) return;
    isLooking = true;
    try {
      const isDue = Date.now() - wholeAt >= (known === null ? BROKEN_EVERY_MS : WHOLE_EVERY_MS);
      if (known === null && !isDue) return;
      if (isDue) wholeAt = Date.now();
      known = await checkAudit(context, isDue ? null : known);
    } catch (error) {
      wholeAt = 0;
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
