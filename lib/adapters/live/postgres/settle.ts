import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresAddress } from '#lib/adapters/live/postgres/address';
import {
  applySettings,
  reading,
  SESSION_SETTINGS,
  withConnection,
} from '#lib/adapters/live/postgres/connection';
import { fence, type LedgerKey, ledgerState, nextAttempt } from '#lib/adapters/live/postgres/ledger';
import type { Limits } from '#lib/adapters/live/postgres/limits';
import { readFailure, serverWords, sqlState } from '#lib/adapters/live/postgres/sql-error';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import { lookUp, type Target } from '#lib/adapters/live/postgres/target';
import { commit } from '#lib/adapters/live/postgres/transaction';
import { Bug, Failure } from '#lib/base/failure';

export type Orphan = { readonly pid: number; readonly xid: string; readonly applicationName: string };

const FENCE_WAIT_MS = 8_000;
const PAUSE_MS = 500;

/**
 * Settles what became of an attempt whose COMMIT got no answer, on new sessions until `settleMs` has passed. The fence
 * waits for the attempt's transaction; where that hangs on, its orphaned session is ended. Throws patch.unknown.
 */
export async function settle(
  address: PostgresAddress,
  limits: Limits,
  key: LedgerKey,
  attempt: number,
  table: string,
  orphan: Orphan | null,
): Promise<'applied' | 'fenced'> {
  const startedMs = performance.now();
  let last: unknown = null;
  do {
    try {
      return await withConnection(address, async (connection) => {
        await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
        await applySettings(connection, [
          ...SESSION_SETTINGS,
          ['lock_timeout', `${FENCE_WAIT_MS}ms`],
          ['statement_timeout', `${FENCE_WAIT_MS + 2_000}ms`],
          ['synchronous_commit', 'on'],
        ]);
        const outcome = await fence(connection, key, attempt, table);
        await commit(connection, limits);
        return outcome;
      });
    } catch (error) {
      last = error;
      if (sqlState(error) === '55P03' && orphan !== null) await endOrphan(address, orphan);
    }
    await sleep(PAUSE_MS);
  } while (performance.now() - startedMs < limits.settleMs);
  throw new Failure(
    'patch.unknown',
    `The connection was lost at COMMIT, and the live store could not be asked what became of it: ${serverWords(last)}`,
    { details: { attempt } },
  );
}

/** Ends the session of an attempt that nobody answers for any more: only if it still is that very transaction. */
async function endOrphan(address: PostgresAddress, orphan: Orphan): Promise<void> {
  await withConnection(address, (connection) =>
    connection.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid = $1::int AND application_name = $2 AND backend_xid::text = $3`,
      [String(orphan.pid), orphan.applicationName, orphan.xid],
    ),
  ).catch(() => {});
}

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
