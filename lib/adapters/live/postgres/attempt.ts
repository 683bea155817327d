import { assertNotCancelled, type Job, rowsOf, step } from '#lib/adapters/live/postgres/job';
import {
  type AppliedRow,
  findApplied,
  forbiddenLedger,
  insertEntry,
  type LedgerKey,
  ledgerState,
  makeLedger,
  nextAttempt,
  serverTime,
} from '#lib/adapters/live/postgres/ledger';
import { assertTarget, type Checked, checkTable, lockTable } from '#lib/adapters/live/postgres/preflight';
import type { Open, Orphan } from '#lib/adapters/live/postgres/settle';
import { sqlState } from '#lib/adapters/live/postgres/sql-error';
import { stagedColumns } from '#lib/adapters/live/postgres/staging';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import {
  AttemptAgain,
  callersOwn,
  commit,
  OutcomeUnknown,
  Rehearsed,
  type Writing,
  withoutLocks,
  writing,
} from '#lib/adapters/live/postgres/transaction';
import { CONSTRAINTS, writeRows } from '#lib/adapters/live/postgres/write-rows';
import { Failure } from '#lib/base/failure';
import type { AttemptEnd } from '#lib/patch/at-most-once';

/**
 * One attempt: one transaction that holds the ledger's row and all of the patch, or is rolled back. In this order: look
 * (no lock stays), stage the rows, the ledger's row, the table, then the rows themselves. What may take long is done
 * before anything is held, so that a slow or hung process keeps nobody from writing, altering the table, or settling.
 */
export async function attemptOnce(job: Job): Promise<AttemptEnd<Open>> {
  const sent: { open?: Open; isFiled?: boolean } = {};
  const applicationName = `recount:${job.header.seal.slice(0, 12)}${job.undo ? ':undo' : ''}`;
  const hold = job.rehearsal?.hold;
  const begin = {
    address: job.address,
    limits: job.limits,
    rows: rowsOf(job.counts),
    applicationName,
    ...(hold === undefined ? {} : { hold }),
    ...(hold === undefined || job.options.signal === undefined ? {} : { until: job.options.signal }),
  };
  try {
    return await writing(begin, async (tx): Promise<AttemptEnd<Open>> => {
      await step(job, 'check', 0);
      const seen = await look(job, tx);
      if ('kind' in seen) return seen;
      const chunks = await job.stage(tx.connection, seen.checked.shape, seen.applied);
      // from here on others may have to wait for this transaction
      hold?.begin();
      if (!seen.hasLedger) await makeLedger(tx.connection);
      const attempt = await nextAttempt(tx.connection, seen.key);
      const { entry, xid } = await file(job, tx, seen, attempt);
      sent.isFiled = true;
      const checked = await lockAndCheck(job, tx, seen.checked);
      await writeRows(job, tx, checked, chunks, entry);
      await tx.asRole(() => tx.run(CONSTRAINTS));
      await step(job, 'commit', 0);
      if (job.rehearsal !== undefined) {
        await job.rehearsal.look(tx.connection, checked);
        throw new Rehearsed();
      }
      await callersOwn(async () => job.options.beforeCommit?.(xid));
      assertNotCancelled(job);
      const orphan: Orphan = { pid: tx.backendPid, xid, applicationName };
      sent.open = { key: seen.key, attempt, orphan };
      await commit(tx.connection, job.limits);
      await tellCommitted(job, tx);
      return { kind: 'committed' };
    });
  } catch (error) {
    if (error instanceof OutcomeUnknown && sent.open !== undefined)
      return { kind: 'unknown', open: sent.open };
    // whoever holds a row or the table may soon be done; another attempt at the same patch was waited for long enough
    if (sent.isFiled && job.rehearsal === undefined && isLockedOut(error)) throw new AttemptAgain(error);
    throw error;
  }
}

/** A wait for a lock was too long; not a statement that took too long by itself. */
const isLockedOut = (error: unknown): error is Failure =>
  error instanceof Failure && error.code === 'live.locked' && Array.isArray(error.details.blockedBy);

/** It is committed: nothing that goes wrong with the news, or that the caller does with it, can change the answer. */
async function tellCommitted(job: Job, tx: Writing): Promise<void> {
  const at = await serverTime(tx.connection).catch(() => null);
  const tell = async (): Promise<void> => (at === null ? undefined : job.options.onCommitted?.(at));
  await tell().catch(() => {});
  await step(job, 'commit', rowsOf(job.counts)).catch(() => {});
}

type Seen = {
  readonly key: LedgerKey;
  readonly applied: AppliedRow | null;
  readonly hasLedger: boolean;
  readonly checked: Checked;
};

/** Everything that can be refused before a row is sent, and what the rows' types are; no lock stays. */
async function look(job: Job, tx: Writing): Promise<Seen | { kind: 'already' | 'no_ledger' }> {
  return await withoutLocks(tx.connection, async () => {
    await assertTarget(tx.connection, job.name, job.header);
    const state = await ledgerState(tx.connection);
    const usable = state === 'ready' || state === 'readable';
    const applied = usable ? await findApplied(tx.connection, job.header.seal) : null;
    const planned = job.plan(applied);
    if ('done' in planned) return { kind: 'already' };
    const checked = await checkTable(tx.connection, job.name, job.header, job.counts, job.undo);
    if (state === 'missing' && job.rehearsal === undefined) return { kind: 'no_ledger' };
    if (state !== 'missing' && state !== 'ready') throw forbiddenLedger();
    return { key: planned.key, applied, hasLedger: state === 'ready', checked };
  });
}

/** Locks the table against a change of its columns, and looks at it once more. */
async function lockAndCheck(job: Job, tx: Writing, before: Checked): Promise<Checked> {
  await lockTable(tx.run, before, job.counts);
  await assertTarget(tx.connection, job.name, job.header);
  const checked = await checkTable(tx.connection, job.name, job.header, job.counts, job.undo);
  const facts = ({ relation, shape, uniqueByKey }: Checked): string =>
    JSON.stringify([relation.oid, uniqueByKey, stagedColumns(shape)]);
  if (facts(checked) === facts(before)) return checked;
  throw new AttemptAgain(
    new Failure(
      'live.schema_changed',
      `${tableWords(before.relation.name)} changed while its rows were sent.`,
    ),
  );
}

/** Files the attempt in the ledger; another attempt at the same patch that is under way is waited for. */
async function file(
  job: Job,
  tx: Writing,
  { key, checked }: Seen,
  attempt: number,
): Promise<{ entry: string; xid: string }> {
  const { header, counts, limits } = job;
  const leftOut = job.leftOut.length;
  const { signatures } = job.options;
  const table = tableWords(checked.relation.name);
  await tx.run(`SET LOCAL lock_timeout = '${limits.ledgerLockMs}ms'`);
  try {
    const connection = { ...tx.connection, query: tx.run };
    const filed = await insertEntry(connection, { key, attempt, counts, table, header, signatures, leftOut });
    await tx.run(`SET LOCAL lock_timeout = '${limits.lockMs}ms'`);
    return filed;
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    // another attempt was first: the next look at the ledger says what it did
    throw new AttemptAgain(
      new Failure('patch.state', 'Another attempt at this patch was made at the same time.'),
    );
  }
}
