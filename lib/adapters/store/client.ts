import { PrismaPg } from '@prisma/adapter-pg';
import { type Prisma, PrismaClient } from '#lib/adapters/store/generated/client';
import { OrderedClient } from '#lib/adapters/store/ordered-client';
import { type RecordsLimits, recordsConnection } from '#lib/adapters/store/records-connection';

/** Recount's own records, typed by prisma/schema.prisma. */
export type Store = PrismaClient;
/** The same inside a transaction. What only reads or writes rows takes this, so that it works in both. */
export type StoreTransaction = Prisma.TransactionClient;

/** Opens the records. Connections are made when first needed; `$disconnect()` closes them. */
export function openStore(url: string, limits?: RecordsLimits): Store {
  const adapter = new PrismaPg({
    ...recordsConnection(url, 'recount', limits),
    max: 10,
    Client: OrderedClient,
  });
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 10_000, timeout: 30_000 } });
}

export const closeStore = (store: Store): Promise<void> => store.$disconnect();
