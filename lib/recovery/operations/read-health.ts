import { z } from 'zod';
import { countWorkers } from '#lib/adapters/store/job-leases';
import { isHeldBy, permit } from '#lib/recovery/access/permit';
import { readAuditCheck } from '#lib/recovery/audit/read-audit-standing';
import { freeBytes } from '#lib/recovery/operations/disk-room';
import { keyTroubles } from '#lib/recovery/operations/lost-passwords';
import type { Context } from '#lib/recovery/setup/context';
import { isoOrNull } from '#lib/recovery/setup/iso';
import type { AuditStanding } from '#lib/report/audit-view';

export type HealthDetails = {
  /** Living workers; none: jobs wait. */
  readonly workers: number;
  /** Where the data folder lies. */
  readonly freeBytes: number;
  /** What is wrong with the key that seals passwords, in words. */
  readonly key: readonly string[];
  /** Stores that patches were made for, and what came of asking their ledgers. */
  readonly liveStores: readonly {
    readonly id: string;
    readonly name: string;
    /** When the ledger last answered. */
    readonly checkedAt: string | null;
    /** Why it does not answer now. */
    readonly problem: { readonly code: string; readonly message: string; readonly fix: string } | null;
    /** Patches in its ledger that no record knows. */
    readonly unknownPatches: number;
  }[];
  /** What the last look at the audit said; null before the first. */
  readonly audit: AuditStanding['check'];
};

export type Health = {
  readonly status: 'ok';
  readonly records: 'ok';
  /** For who may know: not there for anybody else. */
  readonly details?: HealthDetails;
};

const Problem = z.object({ code: z.string(), message: z.string(), fix: z.string() }).nullable();

/** Answers when the records can be read; throws the database's error when not. */
export async function readHealth(context: Context): Promise<Health> {
  permit(context.actor, 'health.read');
  await context.store.$queryRaw`select 1`;
  const known = { status: 'ok', records: 'ok' } as const;
  return isHeldBy(context.actor, 'health.details') ? { ...known, details: await detailsOf(context) } : known;
}

async function detailsOf(context: Context): Promise<HealthDetails> {
  const { store, env } = context;
  const checks = await store.ledgerCheck.findMany({
    include: { liveStore: { select: { name: true } } },
    orderBy: { liveStore: { createdAt: 'asc' } },
  });
  return {
    workers: await countWorkers(store),
    freeBytes: await freeBytes(env.dataDir),
    key: await keyTroubles(context),
    liveStores: checks.map(({ liveStoreId, liveStore, checkedAt, error, unknown }) => ({
      id: liveStoreId,
      name: liveStore.name,
      checkedAt: isoOrNull(checkedAt),
      problem: Problem.parse(error),
      unknownPatches: z.array(z.unknown()).parse(unknown).length,
    })),
    audit: await readAuditCheck(store),
  };
}
