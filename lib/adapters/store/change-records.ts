import { setTimeout as sleep } from 'node:timers/promises';
import type { Store, StoreTransaction } from '#lib/adapters/store/client';
import { recordsTrouble } from '#lib/adapters/store/records-trouble';

const ATTEMPTS = 5;
const PAUSE_MS = 20;

/**
 * Runs a change of the records in one transaction. Where another change stood in its way and PostgreSQL rolled it back
 * whole (a deadlock, a serialization failure), it is run again, up to five times: `change` does nothing outside `tx`.
 * Throws the last such error when all were in vain.
 */
export async function changeRecords<T>(
  store: Store,
  change: (tx: StoreTransaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.$transaction(change);
    } catch (error) {
      if (recordsTrouble(error) !== 'contended' || attempt === ATTEMPTS) throw error;
      // two that met do not meet again at once
      await sleep(PAUSE_MS * attempt * (1 + Math.random()));
    }
  }
}
