import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { Prisma } from '#lib/adapters/store/generated/client';

// When the ledgers of the live stores are compared with the records, by the database's clock.

const EVERY_MINUTES = 10;
const Ids = z.array(z.object({ id: z.string() }));

/**
 * Takes the live stores whose ledger is to be asked now, each once: `all`, or those whose time has come. Only stores that a
 * patch was ever made for.
 */
export async function takeDueChecks(store: StoreTransaction, all: boolean): Promise<string[]> {
  await store.$executeRaw`
    insert into ledger_check (live_store_id)
    select distinct r.live_store_id from patch p join run r on r.id = p.run_id where r.live_store_id is not null
    on conflict (live_store_id) do nothing`;
  const rows = await store.$queryRaw`
    update ledger_check set next_at = now() + make_interval(mins => ${EVERY_MINUTES})
     where ${all} or next_at <= now()
    returning live_store_id::text as id`;
  return Ids.parse(rows).map(({ id }) => id);
}

/** Records that the ledger answered, what it has that no record knows, and what it holds of the audit. */
export async function recordChecked(
  store: StoreTransaction,
  liveStoreId: string,
  unknown: Prisma.InputJsonArray,
  anchors: Prisma.InputJsonObject,
): Promise<void> {
  await store.$executeRaw`
    insert into ledger_check (live_store_id, checked_at, next_at, unknown, anchors)
    values (${liveStoreId}::uuid, now(), now() + make_interval(mins => ${EVERY_MINUTES}), ${JSON.stringify(unknown)}::jsonb,
            ${JSON.stringify(anchors)}::jsonb)
    on conflict (live_store_id) do update
       set checked_at = excluded.checked_at, next_at = excluded.next_at, unknown = excluded.unknown,
           anchors = excluded.anchors,
           failures = 0, error = null`;
}

/** Keeps what ledger and records said when they agreed. */
export async function recordSeen(
  store: StoreTransaction,
  liveStoreId: string,
  seen: Prisma.InputJsonObject,
): Promise<void> {
  await store.$executeRaw`
    update ledger_check set seen = ${JSON.stringify(seen)}::jsonb where live_store_id = ${liveStoreId}::uuid`;
}

/** Records that the ledger answered, and that all is as it was. */
export async function recordUnchanged(store: StoreTransaction, liveStoreId: string): Promise<void> {
  await store.$executeRaw`
    update ledger_check set checked_at = now(), next_at = now() + make_interval(mins => ${EVERY_MINUTES}),
                            failures = 0, error = null
     where live_store_id = ${liveStoreId}::uuid`;
}

/** Records that it did not answer; it is asked again after 1, 2, 4, 8, then every 10 minutes. */
export async function recordUnanswered(
  store: StoreTransaction,
  liveStoreId: string,
  error: Prisma.InputJsonObject,
): Promise<void> {
  await store.$executeRaw`
    update ledger_check
       set failures = failures + 1, error = ${JSON.stringify(error)}::jsonb,
           next_at = now() + make_interval(mins => least(${EVERY_MINUTES}, 2 ^ least(failures, 10))::int)
     where live_store_id = ${liveStoreId}::uuid`;
}
