import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresAddress } from '#lib/adapters/live/postgres/address';
import {
  applySettings,
  reading,
  SESSION_SETTINGS,
  withConnection,
} from '#lib/adapters/live/postgres/connection';
import {
  type AppliedRow,
  fence,
  type LedgerKey,
  ledgerState,
  nextAttempt,
  patchKey,
  undoKey,
} from '#lib/adapters/live/postgres/ledger';
import type { Limits } from '#lib/adapters/live/postgres/limits';
import { readFailure, serverWords, sqlState } from '#lib/adapters/live/postgres/sql-error';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import { lookUp, type Target } from '#lib/adapters/live/postgres/target';
import { commit } from '#lib/adapters/live/postgres/transaction';
import { type FenceSteps, settleOpenAttempt } from '#lib/patch/at-most-once';
import type { PatchHeader } from '#lib/patch/patch';

/** The session that an attempt's transaction hangs on. */
export type Orphan = { readonly pid: number; readonly xid: string; readonly applicationName: string };

/** An attempt whose COMMIT got no answer; `orphan` null where another process made it. */
export type Open = { readonly key: LedgerKey; readonly attempt: number; readonly orphan: Orphan | null };

const FENCE_WAIT_MS = 8_000;

/** How an attempt of this target is settled, each step on a new session. */
export function fenceSteps({ address, limits, name }: Target): FenceSteps<Open> {
  return {
    settleMs: limits.settleMs,
    elapsedMs: () => performance.now(),
    sleep: async (ms) => void (await sleep(ms)),
    fence: async ({ key, attempt }) => {
      try {
        return { kind: await fenceOnce(address, limits, key, attempt, tableWords(name)) };
      } catch (error) {
        return { kind: sqlState(error) === '55P03' ? 'held' : 'lost', words: serverWords(error) };
      }
    },
    endOrphan: ({ orphan, key }) =>
      orphan === null ? endSilent(address, key, limits.idleMs) : endOrphan(address, orphan),
  };
}

async function fenceOnce(
  address: PostgresAddress,
  limits: Limits,
  key: LedgerKey,
  attempt: number,
  table: string,
): Promise<'applied' | 'fenced'> {
  return await withConnection(address, async (connection) => {
    await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    await applySettings(connection, [
      ...SESSION_SETTINGS,
      ['lock_timeout', `${FENCE_WAIT_MS}ms`],
      ['statement_timeout', `${FENCE_WAIT_MS + 2_000}ms`],
      // a fence whose own COMMIT is lost must not stand in the way of the next one for longer than that waits
      ['idle_in_transaction_session_timeout', `${Math.min(limits.idleMs, FENCE_WAIT_MS)}ms`],
      ['synchronous_commit', 'on'],
    ]);
    const outcome = await fence(connection, key, attempt, table);
    await commit(connection, limits);
    return outcome;
  });
}

/** Ends the session of an attempt that nobody answers for any more: only if it still is that very transaction. */
async function endOrphan(address: PostgresAddress, orphan: Orphan): Promise<void> {
  await withConnection(address, (connection) =>
    connection.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid = $1::int AND application_name = $2 AND backend_xid = $3::xid8::xid`,
      [String(orphan.pid), orphan.applicationName, orphan.xid],
    ),
  ).catch(() => {});
}

/**
 * Ends the sessions of a patch whose process was to send rows and says nothing for longer than an open transaction may:
 * in the middle of a statement's values (a role without temporary tables), or of a COPY, no time-out of the server counts,
 * and one that has the ledger's row would keep it for hours.
 */
async function endSilent(address: PostgresAddress, { seal, kind }: LedgerKey, idleMs: number): Promise<void> {
  await withConnection(address, (connection) =>
    connection.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = $1 AND backend_xid IS NOT NULL
          AND state = 'active' AND wait_event = 'ClientRead' AND query_start < now() - $2::interval`,
      [`recount:${seal.slice(0, 12)}${kind === 'undo' ? ':undo' : ''}`, `${idleMs} ms`],
    ),
  ).catch(() => {});
}

/**
 * Closes the attempt that another process may have open, and says whether the patch is applied, or of an undo: whether
 * what it puts back was put back. Throws patch.unknown, live.*.
 */
export async function settlePatch(target: Target, header: PatchHeader): Promise<'applied' | 'not_applied'> {
  const { undoes } = header;
  if (undoes === undefined) return settleOpen(target, patchKey(header), (applied) => applied !== null);
  const undone = await lookUp(target, undoes.seal);
  if (undone === null) return 'not_applied';
  return settleOpen(target, undoKey(undone, undoes), (applied) => applied?.undone === true);
}

function settleOpen(
  target: Target,
  key: LedgerKey,
  isDone: (applied: AppliedRow | null) => boolean,
): Promise<'applied' | 'not_applied'> {
  return settleOpenAttempt({
    ...fenceSteps(target),
    isApplied: async () => isDone(await lookUp(target, key.seal)),
    openAttempt: async () => {
      const attempt = await openAttempt(target, key);
      return attempt === null ? null : { key, attempt, orphan: null };
    },
  });
}

async function openAttempt(target: Target, key: LedgerKey): Promise<number | null> {
  try {
    return await reading(target, async (connection) =>
      (await ledgerState(connection)) === 'missing' ? null : nextAttempt(connection, key),
    );
  } catch (error) {
    throw readFailure(error, target.address, 'The ledger cannot be read');
  }
}
