import { z } from 'zod';
import { countWorkers } from '#lib/adapters/store/job-leases';
import { permit } from '#lib/recovery/access/permit';
import { readAuditCheck } from '#lib/recovery/audit/read-audit-standing';
import type { Context } from '#lib/recovery/setup/context';
import { isoOrNull } from '#lib/recovery/setup/iso';

export type Health = {
  readonly status: 'ok';
  readonly records: 'ok';
  /** Living workers; none: jobs wait. */
  readonly workers: number;
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
  readonly audit: { readonly state: 'unbroken' | 'broken'; readonly checkedAt: string } | null;
};

const Problem = z.object({ code: z.string(), message: z.string(), fix: z.string() }).nullable();

/** Answers when the records can be read; throws the database's error when not. */
export async function readHealth({ store, actor }: Context): Promise<Health> {
  permit(actor, 'health.read');
  const workers = await countWorkers(store);
  const checks = await store.ledgerCheck.findMany({
    include: { liveStore: { select: { name: true } } },
    orderBy: { liveStore: { createdAt: 'asc' } },
  });
  const audit = await readAuditCheck(store);
  return {
    status: 'ok',
    records: 'ok',
    workers,
    liveStores: checks.map(({ liveStoreId, liveStore, checkedAt, error, unknown }) => ({
      id: liveStoreId,
      name: liveStore.name,
      checkedAt: isoOrNull(checkedAt),
      problem: Problem.parse(error),
      unknownPatches: z.array(z.unknown()).parse(unknown).length,
    })),
    audit: audit === null ? null : { state: audit.state, checkedAt: audit.at },
  };
}
