import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresAddress } from '#lib/adapters/live/postgres/address';
import { field } from '#lib/adapters/live/postgres/catalog';
import {
  applySettings,
  type Connection,
  connect,
  destroy,
  type Parameter,
  SESSION_SETTINGS,
  type TextResult,
  withConnection,
} from '#lib/adapters/live/postgres/connection';
import { type Hold, HoldOver } from '#lib/adapters/live/postgres/hold';
import type { Limits } from '#lib/adapters/live/postgres/limits';
import {
  isConnectionLoss,
  isRetryable,
  serverWords,
  sqlState,
  unreachable,
} from '#lib/adapters/live/postgres/sql-error';
import { Failure } from '#lib/base/failure';

/** Thrown inside an attempt: everything is rolled back, and the whole attempt may be made once more. */
export class AttemptAgain extends Error {
  override readonly name = 'AttemptAgain';
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Thrown when COMMIT was sent and no answer came: only a fence can tell what became of the attempt. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** Thrown at the end of a rehearsal: all went well, and is rolled back. */
export class Rehearsed extends Error {
  override readonly name = 'Rehearsed';
}

class CallersError extends Error {
  override readonly name = 'CallersError';
}

/** Runs what the caller gave (a hook): its errors pass through as they are, never taken for the live store's. */
export async function callersOwn<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new CallersError('an error of the caller', { cause });
  }
}

/** An open writing transaction. `run` watches who blocks it, so that a lock time-out can name them. */
export type Writing = {
  readonly connection: Connection;
  /** The server's process, by its own word: behind a pooler the session was told another number. */
  readonly backendPid: number;
  run(text: string, values?: readonly Parameter[]): Promise<TextResult>;
  /**
   * Runs `work` under the role's own search_path and row_security: triggers and constraints then behave as they do for
   * the application. All else runs under ours, where no name can be caught by somebody's schema.
   */
  asRole<T>(work: () => Promise<T>): Promise<T>;
};

export type Begin = {
  readonly address: PostgresAddress;
  readonly limits: Limits;
  readonly rows: number;
  readonly applicationName: string;
  /** Absent: locks are held for as long as the work takes. */
  readonly hold?: Hold;
  /** Breaks off the statement that runs, at the server. For what never commits: a COMMIT must not be broken off. */
  readonly until?: AbortSignal;
};

const settingsOf = ({ limits, rows, applicationName }: Begin): readonly (readonly [string, string])[] => [
  ...SESSION_SETTINGS,
  ['lock_timeout', `${limits.lockMs}ms`],
  ['statement_timeout', `${Math.round(limits.statementMs + rows * limits.statementPerRowMs)}ms`],
  ['idle_in_transaction_session_timeout', `${limits.idleMs}ms`],
  // off would lose acknowledged commits in a crash
  ['synchronous_commit', 'on'],
  ['work_mem', '64MB'],
  // a plan for the rows at hand, not for any
  ['plan_cache_mode', 'force_custom_plan'],
  ['client_min_messages', 'warning'],
  ['application_name', applicationName],
];

/**
 * A client whose machine or network is gone is noticed within a minute, also in the middle of a COPY or of values, where no
 * time-out of a statement or of an idle session counts. What a system cannot do, the server passes over.
 */
const KEEPALIVE: readonly (readonly [string, string])[] = [
  ['tcp_keepalives_idle', '30'],
  ['tcp_keepalives_interval', '10'],
  ['tcp_keepalives_count', '3'],
];

/** The SET LOCALs of a writing transaction, for the reviewer. */
export const settingWords = (begin: Begin): string[] =>
  settingsOf(begin).map(([name, value]) => `SET LOCAL ${name} = '${value.replaceAll("'", "''")}';`);

/**
 * Runs `work` in one READ COMMITTED transaction on a session of its own. `work` ends it with `commit`; a throw rolls
 * back and destroys the session: after an error of any kind nothing more is sent on it.
 */
export async function writing<T>(begin: Begin, work: (writing: Writing) => Promise<T>): Promise<T> {
  const { address, limits } = begin;
  const silenceMs = limits.statementMs + begin.rows * limits.statementPerRowMs + 30_000;
  const session = await connect(address, Math.round(silenceMs));
  const connection = begin.hold === undefined ? session : limited(session, begin.hold);
  const breakOff = (): void => void session.cancel();
  begin.until?.addEventListener('abort', breakOff, { once: true });
  const blockers = new Set<string>();
  try {
    await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    const { asRole, backendPid } = await roleSettings(connection);
    await applySettings(connection, [...settingsOf(begin), ...KEEPALIVE]);
    const run: Writing['run'] = async (text, values = []) => {
      const watch = watchBlockers(begin, backendPid, blockers);
      try {
        return await connection.query(text, values);
      } finally {
        watch.abort();
      }
    };
    const result = await work({ connection, backendPid, run, asRole });
    // not awaited: what happens to the session after COMMIT changes nothing
    connection.client.end().catch(() => {});
    return result;
  } catch (error) {
    await rollBack(session, error);
    if (begin.until?.aborted && sqlState(error) === '57014')
      throw new Failure('run.cancelled', 'It was cancelled; nothing was written.', { cause: error });
    throw writeFailure(error, address, blockers);
  } finally {
    begin.until?.removeEventListener('abort', breakOff);
  }
}

/**
 * The session with every statement bounded by what is left of the hold, by the server itself: it lets go also when this
 * process hangs or is gone.
 */
function limited(session: Connection, hold: Hold): Connection {
  return {
    ...session,
    query: async (text, values, limitMs) => {
      const leftMs = hold.leftMs;
      if (leftMs === null) return await session.query(text, values, limitMs);
      if (leftMs <= 0) throw new HoldOver('the time is up');
      try {
        await applySettings(session, [
          ['statement_timeout', `${leftMs}ms`],
          ['idle_in_transaction_session_timeout', `${leftMs}ms`],
        ]);
        return await session.query(text, values, limitMs);
      } catch (error) {
        if ((hold.leftMs ?? 1) > 0) throw error;
        throw new HoldOver('the time is up', { cause: error });
      }
    },
  };
}

async function roleSettings(connection: Connection): Promise<Pick<Writing, 'asRole' | 'backendPid'>> {
  const { rows } = await connection.query(
    "SELECT current_setting('search_path'), current_setting('row_security'), pg_backend_pid()::text",
  );
  const own = [
    ['search_path', field(rows[0], 0)],
    ['row_security', field(rows[0], 1)],
  ] as const;
  const ours = SESSION_SETTINGS.filter(([name]) => own.some(([each]) => each === name));
  const asRole: Writing['asRole'] = async (work) => {
    await applySettings(connection, own);
    const result = await work();
    await applySettings(connection, ours);
    return result;
  };
  return { asRole, backendPid: Number(field(rows[0], 2)) };
}

/**
 * Runs `use`, which only reads, in a part of the transaction that is rolled back: some definitions are read under a lock
 * on the table or its partitions, which would stay until the end. Where it throws, all of the transaction is lost.
 */
export async function withoutLocks<T>(connection: Connection, use: () => Promise<T>): Promise<T> {
  await connection.query('SAVEPOINT recount_look');
  const result = await use();
  await connection.query('ROLLBACK TO SAVEPOINT recount_look');
  await connection.query('RELEASE SAVEPOINT recount_look');
  return result;
}

// a transaction that is rolled back by name frees its locks at once; a lost session is the server's to clean up
async function rollBack(connection: Connection, error: unknown): Promise<void> {
  if (!isConnectionLoss(error) && !(error instanceof OutcomeUnknown)) {
    await connection.query('ROLLBACK', [], 5_000).catch(() => {});
  }
  destroy(connection);
}

const BLOCKERS = `
  SELECT b.pid::text, coalesce(nullif(a.application_name, ''), a.backend_type, 'unknown'), coalesce(a.usename, '?')
    FROM unnest(pg_blocking_pids($1::int)) AS b(pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid`;

/** While a statement waits for long, asks on a second session who holds it up: after the time-out it is too late. */
function watchBlockers(begin: Begin, pid: number, found: Set<string>): AbortController {
  const stop = new AbortController();
  const look = async (): Promise<void> => {
    await sleep(begin.limits.lockMs * 0.5, undefined, { signal: stop.signal, ref: false });
    const rows = await withConnection(begin.address, async (second) => {
      return (await second.query(BLOCKERS, [String(pid)], 2_000)).rows;
    });
    for (const row of rows) found.add(`process ${field(row, 0)} (${field(row, 1)}, user ${field(row, 2)})`);
  };
  // who blocks is a courtesy: not to know it is no error
  look().catch(() => {});
  return stop;
}

/** COMMIT, and its own word that it was one: a COMMIT of a failed transaction answers ROLLBACK without an error. */
export async function commit(connection: Connection, limits: Limits): Promise<void> {
  let result: TextResult;
  try {
    result = await connection.query('COMMIT', [], limits.commitMs);
  } catch (error) {
    // only the server's own word says that it was refused; whatever else happened, it may have been done
    if (sqlState(error) !== null && !isConnectionLoss(error)) throw error;
    throw new OutcomeUnknown('the connection was lost at COMMIT', { cause: error });
  }
  if (result.command !== 'COMMIT') {
    throw new Failure(
      'patch.target_refused',
      `The live store answered COMMIT with ${result.command}; nothing was written.`,
    );
  }
}

const OWN = [AttemptAgain, OutcomeUnknown, Rehearsed, HoldOver];

/** What an error of a writing transaction is called. Everything was rolled back. */
function writeFailure(error: unknown, address: PostgresAddress, blockers: ReadonlySet<string>): unknown {
  if (error instanceof CallersError) return error.cause;
  if (error instanceof Failure || OWN.some((own) => error instanceof own)) return error;
  if (isConnectionLoss(error)) {
    const lost = unreachable(error, address);
    return new Failure(lost.code, `${lost.message}. The session ended before COMMIT; nothing was written.`);
  }
  const state = sqlState(error);
  if (state === null) return error;
  const words = serverWords(error);
  if (state === '55P03') {
    const holder = blockers.size === 0 ? 'another session' : [...blockers].join(', ');
    return new Failure('live.locked', `Rows or the table are locked by ${holder}; nothing was written.`, {
      details: { blockedBy: [...blockers] },
    });
  }
  if (state === '57014') {
    return new Failure(
      'live.locked',
      `A statement took too long or was cancelled; nothing was written: ${words}`,
    );
  }
  const refused = new Failure('patch.target_refused', `The live store refused the patch: ${words}`, {
    details: { sqlState: state },
  });
  if (isRetryable(error)) return new AttemptAgain(refused);
  if (state === '42501' || state === '25006') {
    return new Failure('live.not_writable', `The live table cannot be patched: ${words}.`);
  }
  return refused;
}
