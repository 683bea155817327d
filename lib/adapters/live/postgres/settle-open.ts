import type { Target } from '#lib/adapters/live/postgres/apply';
import { lookUp } from '#lib/adapters/live/postgres/apply';
import { reading } from '#lib/adapters/live/postgres/connection';
import { type LedgerKey, ledgerState, nextAttempt } from '#lib/adapters/live/postgres/ledger';
import { readFailure } from '#lib/adapters/live/postgres/sql-error';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import { settle } from '#lib/adapters/live/postgres/transaction';
import { Bug } from '#lib/base/failure';

const ROUNDS = 5;

/**
 * Closes the attempt that another process may have open, and says whether the patch is applied. Without a ledger no
 * attempt can be open. The attempt's number is the next one that the ledger has not seen: an open attempt has taken it.
 */
export async function settleOpen(target: Target, key: LedgerKey): Promise<'applied' | 'not_applied'> {
  for (let round = 0; round < ROUNDS; round += 1) {
    if ((await lookUp(target, key.seal)) !== null) return 'applied';
    const attempt = await openAttempt(target, key);
    if (attempt === null) return 'not_applied';
    const outcome = await settle(target.address, target.limits, key, attempt, tableWords(target.name), null);
    if (outcome === 'applied') return 'applied';
    // fenced by this call: the attempt, open or not yet begun, can never commit under its number
    if ((await lookUp(target, key.seal)) === null) return 'not_applied';
  }
  throw new Bug('an attempt was neither applied nor fenced');
}

async function openAttempt(target: Target, key: LedgerKey): Promise<number | null> {
  try {
    return await reading(target.address, async (connection) =>
      (await ledgerState(connection)) === 'missing' ? null : nextAttempt(connection, key),
    );
  } catch (error) {
    throw readFailure(error, target.address, 'The ledger cannot be read');
  }
}
