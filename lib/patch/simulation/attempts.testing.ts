import { Failure } from '#lib/base/failure';
import type { AttemptEnd, FenceEnd, FenceSteps } from '#lib/patch/at-most-once';
import {
  type LedgerRow,
  ROWS,
  ServerError,
  type Session,
  type Target,
} from '#lib/patch/simulation/target.testing';
import {
  Connection,
  ConnectionLost,
  type Process,
  type Reply,
  type World,
} from '#lib/patch/simulation/world.testing';

// What lib/adapters/live/postgres/attempt.ts and settle.ts do, statement by statement in the same order, on the
// simulated live store.

/** `session` null: another process has it. */
export type Open = { readonly attempt: number; readonly session: Session | null };

export type Stage = { readonly world: World; readonly target: Target; readonly worker: Process };

type Ask = <T>(label: string, statement: (reply: Reply<T>) => void) => Promise<T>;

function connect({ world, target, worker }: Stage): {
  session: Session;
  connection: Connection;
  ask: Ask;
} {
  const session = target.open(worker.name);
  const connection = new Connection(world, worker, () => target.close(session));
  const ask: Ask = (label, statement) =>
    connection.call(label, (reply) => target.run(session, reply, statement));
  return { session, connection, ask };
}

const nextAttempt = ({ ledger }: Target): number => Math.max(0, ...ledger.map((row) => row.attempt)) + 1;

const again = (): Failure => new Failure('patch.state', 'another attempt at the same time');

/** One attempt. `stopped` throws where the work must end; `beforeCommit` is the records' last word. */
export async function attemptOnce(
  stage: Stage,
  stopped: () => void,
  beforeCommit: () => Promise<void>,
): Promise<AttemptEnd<Open>> {
  const { target, world } = stage;
  const { session, connection, ask } = connect(stage);
  let open: Open | null = null;
  let isFiled = false;
  // an error of the server at any statement: short of memory, a deadlock, a cancelled query
  const mayFail = (reply: Reply<never>, go: () => void): void => {
    if (world.isCalm || !world.random.chance(0.01)) go();
    else reply.reject(new ServerError(world.random.chance(0.5) ? 'retry' : 'resources'));
  };
  try {
    await ask<null>('BEGIN', (reply) => {
      target.begin(session);
      reply.resolve(null);
    });
    stopped();
    const seen = await ask<{ isApplied: boolean; hasLedger: boolean }>('look at the ledger', (reply) =>
      mayFail(reply, () => reply.resolve({ isApplied: target.isApplied, hasLedger: target.hasLedger })),
    );
    if (seen.isApplied) {
      connection.cut();
      return { kind: 'already' };
    }
    if (target.isAltered) throw new Failure('live.schema_changed', 'a column changed');
    if (!seen.hasLedger) {
      connection.cut();
      return { kind: 'no_ledger' };
    }
    // here the rows are sent, for as long as that takes: it touches nothing that others see
    const attempt = await ask<number>('next attempt', (reply) => reply.resolve(nextAttempt(target)));
    const filed = await ask<'inserted' | 'conflict'>(`file attempt ${attempt}`, (reply) =>
      target.insert(session, { attempt, outcome: 'applied' }, reply),
    );
    if (filed === 'conflict') throw new ServerError('unique');
    isFiled = true;
    // the table is locked by now, and looked at again
    if (target.isAltered) throw new Failure('live.schema_changed', 'a column changed');
    for (let row = 0; row < ROWS; row += 1) {
      stopped();
      await ask<null>(`write row ${row}`, (reply) => mayFail(reply, () => target.write(session, row, reply)));
    }
    stopped();
    await beforeCommit();
    stopped();
    open = { attempt, session };
    await ask<null>('COMMIT', (reply) => target.commit(session, reply));
    connection.cut();
    return { kind: 'committed' };
  } catch (error) {
    if (error instanceof ConnectionLost && open !== null) return { kind: 'unknown', open };
    if (!(error instanceof ConnectionLost))
      await ask<null>('ROLLBACK', rolledBack(target, session)).catch(() => null);
    connection.cut();
    return endOf(error, isFiled);
  }
}

const rolledBack =
  (target: Target, session: Session) =>
  (reply: Reply<null>): void => {
    target.rollBack(session);
    reply.resolve(null);
  };

/** As writeFailure() in transaction.ts, and what attempt.ts makes of a lock that was waited for in vain. */
function endOf(error: unknown, isFiled: boolean): AttemptEnd<Open> {
  if (error instanceof ConnectionLost)
    throw new Failure('live.unreachable', `${error.message}; nothing was written`);
  if (!(error instanceof ServerError)) throw error;
  if (error.state === 'lock_timeout') {
    const failure = new Failure('live.locked', 'locked; nothing was written');
    if (isFiled) return { kind: 'again', failure };
    throw failure;
  }
  if (error.state === 'stale') throw new Failure('patch.stale', 'a row moved');
  if (error.state === 'unique') return { kind: 'again', failure: again() };
  const refused = new Failure('patch.target_refused', `refused: ${error.message}`);
  if (error.state === 'retry') return { kind: 'again', failure: refused };
  throw refused;
}

/** Closes an attempt in the ledger. `isPlainRead`: the known-bad variant that only looks. */
async function fence(stage: Stage, open: Open, isPlainRead: boolean): Promise<FenceEnd> {
  const { target } = stage;
  const { session, connection, ask } = connect(stage);
  const { attempt } = open;
  try {
    await ask<null>('BEGIN of a fence', (reply) => {
      target.begin(session);
      reply.resolve(null);
    });
    if (!isPlainRead)
      await ask<'inserted' | 'conflict'>(`fence attempt ${attempt}`, (reply) =>
        target.insert(session, { attempt, outcome: 'fenced' }, reply),
      );
    const kind = await ask<'applied' | 'fenced'>('what became of it', (reply) =>
      reply.resolve(target.ledger.find((row) => row.attempt === attempt)?.outcome ?? 'fenced'),
    );
    await ask<null>('COMMIT of a fence', (reply) => target.commit(session, reply));
    return { kind };
  } catch (error) {
    const isHeld = error instanceof ServerError && error.state === 'lock_timeout';
    return { kind: isHeld ? 'held' : 'lost', words: String(error) };
  } finally {
    connection.cut();
  }
}

/** Ends the session of an attempt where it still has that transaction. */
async function endOrphan(stage: Stage, { session: orphan }: Open): Promise<void> {
  if (orphan === null) return;
  const { transaction } = orphan;
  const { connection, ask } = connect(stage);
  await ask<null>('end the orphan', (reply) => {
    if (transaction !== null && orphan.transaction === transaction) stage.target.close(orphan);
    reply.resolve(null);
  }).catch(() => null);
  connection.cut();
}

/** Whether the ledger has the patch, read plainly. Throws live.unreachable. */
export async function look(stage: Stage): Promise<boolean> {
  const { connection, ask } = connect(stage);
  try {
    return await ask<boolean>('ask the ledger', (reply) => reply.resolve(stage.target.isApplied));
  } catch (error) {
    throw new Failure('live.unreachable', String(error));
  } finally {
    connection.cut();
  }
}

/** The lines of the ledger. Throws live.unreachable. */
export async function ledgerRows(stage: Stage): Promise<readonly LedgerRow[]> {
  const { connection, ask } = connect(stage);
  try {
    return await ask<readonly LedgerRow[]>('read the ledger', (reply) => reply.resolve(stage.target.ledger));
  } catch (error) {
    throw new Failure('live.unreachable', String(error));
  } finally {
    connection.cut();
  }
}

export async function createLedger(stage: Stage): Promise<void> {
  const { connection, ask } = connect(stage);
  try {
    await ask<null>('create the ledger', (reply) => {
      stage.target.createLedger();
      reply.resolve(null);
    });
  } catch (error) {
    throw new Failure('live.unreachable', String(error));
  } finally {
    connection.cut();
  }
}

/** The attempt that another process may have open; null without a ledger. */
export async function openAttempt(stage: Stage): Promise<Open | null> {
  const { connection, ask } = connect(stage);
  const { target } = stage;
  try {
    return await ask<Open | null>('which attempt may be open', (reply) =>
      reply.resolve(target.hasLedger ? { attempt: nextAttempt(target), session: null } : null),
    );
  } catch (error) {
    throw new Failure('live.unreachable', String(error));
  } finally {
    connection.cut();
  }
}

/** Time passes. */
export const wait = ({ world, worker }: Stage): Promise<void> =>
  new Promise((resolve) => {
    world.timer(`${worker.name} waited`, () => {
      if (worker.isAlive) resolve();
    });
  });

/** How an attempt is settled here: the port of lib/patch/at-most-once.ts. */
export function fencing(stage: Stage, isPlainRead: boolean): FenceSteps<Open> {
  let elapsedMs = 0;
  return {
    settleMs: 1_000,
    elapsedMs: () => elapsedMs,
    sleep: async (ms) => {
      elapsedMs += ms;
      await wait(stage);
    },
    fence: (open) => fence(stage, open, isPlainRead),
    endOrphan: (open) => endOrphan(stage, open),
  };
}
