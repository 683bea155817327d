import { field } from '#lib/adapters/live/postgres/catalog';
import type { Connection } from '#lib/adapters/live/postgres/connection';
import type { Hold } from '#lib/adapters/live/postgres/hold';
import {
  type AppliedRow,
  findApplied,
  forbiddenLedger,
  insertEntry,
  type LedgerKey,
  ledgerState,
  makeLedger,
  nextAttempt,
} from '#lib/adapters/live/postgres/ledger';
import { addedSinceFailure, repeatedFailure, staleFailure } from '#lib/adapters/live/postgres/moved-rows';
import { assertTarget, type Checked, preflight } from '#lib/adapters/live/postgres/preflight';
import type { Open, Orphan } from '#lib/adapters/live/postgres/settle';
import { serverWords, sqlState } from '#lib/adapters/live/postgres/sql-error';
import type { Chunk } from '#lib/adapters/live/postgres/staging';
import * as sql from '#lib/adapters/live/postgres/statements';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import type { Target } from '#lib/adapters/live/postgres/target';
import {
  AttemptAgain,
  callersOwn,
  commit,
  OutcomeUnknown,
  Rehearsed,
  type Writing,
  writing,
} from '#lib/adapters/live/postgres/transaction';
import { Failure } from '#lib/base/failure';
import type { AttemptEnd } from '#lib/patch/at-most-once';
import type { ApplyOptions } from '#lib/patch/live-store';
import type { ApplyStep, Counts, PatchHeader } from '#lib/patch/patch';

/** What differs between applying and undoing: where the rows come from, and what the ledger must say before. */
export type Job = Target & {
  readonly header: PatchHeader;
  readonly counts: Counts;
  readonly undo: boolean;
  /** Rows of the patch that an undo leaves as they are. */
  readonly leftOut: readonly number[];
  readonly options: ApplyOptions;
  /** Looks at the ledger: what to file, or the answer where nothing is left to do. */
  plan(applied: AppliedRow | null): { key: LedgerKey } | { done: 'already' };
  chunks(connection: Connection, shape: sql.Shape, applied: AppliedRow | null): AsyncIterable<Chunk>;
  /** Everything is done and then rolled back: `look` is called where COMMIT would be sent. */
  readonly rehearsal?: {
    readonly hold: Hold;
    look(connection: Connection, checked: Checked): Promise<void>;
  };
};

const CONSTRAINTS = 'SET CONSTRAINTS ALL IMMEDIATE';
const rowsOf = (counts: Counts): number => counts.updates + counts.inserts + counts.deletes;

/** One attempt: one transaction that holds the ledger's row and all of the patch, or is rolled back. */
export async function attemptOnce(job: Job): Promise<AttemptEnd<Open>> {
  const sent: { open?: Open } = {};
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
      await assertTarget(tx.connection, job.name, job.header);
      const state = await ledgerState(tx.connection);
      const usable = state === 'ready' || state === 'readable';
      const applied = usable ? await findApplied(tx.connection, job.header.seal) : null;
      const planned = job.plan(applied);
      if ('done' in planned) return { kind: 'already' };
      const checked = await preflight(tx.connection, job.name, job.header, job.counts, job.undo);
      // a table without a unique key is locked as a whole by now
      if (job.counts.inserts > 0 && !checked.uniqueByKey) hold?.begin();
      if (state === 'missing') {
        if (hold === undefined) return { kind: 'no_ledger' };
        await makeLedger(tx.connection);
      } else if (state !== 'ready') throw forbiddenLedger();
      const attempt = await nextAttempt(tx.connection, planned.key);
      const { entry, xid } = await file(job, tx, planned.key, attempt, checked);
      await write(job, tx, checked, entry, applied);
      await tx.asRole(() => tx.run(CONSTRAINTS));
      await step(job, 'commit', 0);
      if (job.rehearsal !== undefined) {
        await job.rehearsal.look(tx.connection, checked);
        throw new Rehearsed();
      }
      await callersOwn(async () => job.options.beforeCommit?.(xid));
      assertNotCancelled(job);
      const orphan: Orphan = { pid: tx.connection.backendPid, xid, applicationName };
      sent.open = { key: planned.key, attempt, orphan };
      await commit(tx.connection, job.limits);
      // it is committed: nothing that the caller does with the news can change the answer
      await step(job, 'commit', rowsOf(job.counts)).catch(() => {});
      return { kind: 'committed' };
    });
  } catch (error) {
    if (error instanceof OutcomeUnknown && sent.open !== undefined)
      return { kind: 'unknown', open: sent.open };
    throw error;
  }
}

/** Files the attempt in the ledger; another attempt at the same patch that is under way is waited for. */
async function file(
  job: Job,
  tx: Writing,
  key: LedgerKey,
  attempt: number,
  checked: Checked,
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

/** Every write of the patch, chunk by chunk, each with its count; then nothing is left but to commit. */
async function write(
  job: Job,
  tx: Writing,
  checked: Checked,
  entry: string,
  applied: AppliedRow | null,
): Promise<void> {
  let done = 0;
  for await (const chunk of job.chunks(tx.connection, checked.shape, applied)) {
    await lockChunk(job, tx, checked, chunk, entry, done);
    await step(job, 'write', done);
    await tx.asRole(async () => {
      await writeChunk(tx, checked, chunk);
      // a deferred trigger may write too: what it does must be there to be read back
      if (chunk.whole) await tx.run(CONSTRAINTS);
    });
    await step(job, 'read_back', done);
    await readBack(tx, checked, chunk, entry);
    await step(job, 'record', done);
    if (chunk.counts.inserts > 0) {
      const text = sql.recordStatement(checked.shape, chunk.source, entry);
      expectRows('record', chunk.counts.inserts, (await tx.run(text, chunk.source.values)).rowCount);
    }
    done += rowsOf(chunk.counts);
    await step(job, 'record', done);
  }
}

async function lockChunk(
  job: Job,
  tx: Writing,
  checked: Checked,
  { source, counts }: Chunk,
  entry: string,
  done: number,
): Promise<void> {
  await step(job, 'lock', done);
  const { shape, uniqueByKey } = checked;
  if (!uniqueByKey) {
    const repeated = await repeatedFailure(tx.connection, shape, source);
    if (repeated !== null) throw repeated;
  }
  job.rehearsal?.hold.begin();
  const held = counts.updates + counts.deletes;
  if (held > 0) {
    const locked = await tx.run(sql.lockStatement(shape, source, entry), source.values);
    if (locked.rowCount !== held) {
      throw (await staleFailure(tx.connection, shape, source)) ?? refusedRows('lock', held, locked.rowCount);
    }
  }
  await refuseAddedSince(job, tx, checked, source, entry);
  if (counts.inserts > 0) {
    const present = await tx.run(sql.presentStatement(shape, source), source.values);
    if (field(present.rows[0], 0) !== '0') {
      throw (await staleFailure(tx.connection, shape, source)) ?? refusedRows('insert', counts.inserts, 0);
    }
  }
}

/** What is added has no before-value that would guard it: the ledger says whether the rows were patched since the preview. */
async function refuseAddedSince(
  { header }: Job,
  tx: Writing,
  { relation, shape }: Checked,
  source: sql.Source,
  entry: string,
): Promise<void> {
  const seen = header.targetShape?.seen;
  if (seen === undefined || !sql.addsTo(shape)) return;
  const failure = await addedSinceFailure(tx.connection, shape, source, {
    entry,
    table: tableWords(relation.name),
    seen,
  });
  if (failure !== null) throw failure;
}

async function writeChunk(tx: Writing, { shape, uniqueByKey }: Checked, chunk: Chunk): Promise<void> {
  const { source, counts } = chunk;
  if (counts.deletes > 0) {
    const { rowCount } = await tx.run(sql.deleteStatement(shape, source), source.values);
    expectRows('delete', counts.deletes, rowCount);
  }
  if (counts.updates > 0) {
    const { rowCount } = await tx.run(sql.updateStatement(shape, source), source.values);
    expectRows('update', counts.updates, rowCount);
  }
  if (counts.inserts === 0) return;
  const inserted = await tx.run(sql.insertStatement(shape, source), source.values).catch((error: unknown) => {
    // perhaps a row of the same key came in between: the next attempt sees it and names it
    if (sqlState(error) !== '23505' || !uniqueByKey) throw error;
    throw new AttemptAgain(
      new Failure('patch.target_refused', `The live store refused the patch: ${serverWords(error)}`),
    );
  });
  if (inserted.rowCount !== counts.inserts) {
    throw new AttemptAgain(refusedRows('insert', counts.inserts, inserted.rowCount));
  }
}

async function readBack(tx: Writing, { shape }: Checked, chunk: Chunk, entry: string): Promise<void> {
  const { source, counts } = chunk;
  const { rows } = await tx.run(sql.readBackStatement(shape, source, entry), source.values);
  const planned = counts.updates + counts.inserts;
  const same = Number(field(rows[0], 0));
  if (same !== planned) {
    throw new Failure(
      'patch.target_refused',
      `Read back, ${planned - same} of ${planned} rows do not hold what was written: a trigger changed them, or a column rounds. Everything was rolled back.`,
    );
  }
  const left = Number(field(rows[0], 1));
  if (left > 0) throw refusedRows('delete', counts.deletes, counts.deletes - left);
}

function expectRows(what: string, planned: number, touched: number): void {
  if (touched !== planned) throw refusedRows(what, planned, touched);
}

const refusedRows = (what: string, planned: number, touched: number): Failure =>
  new Failure(
    'patch.target_refused',
    `The ${what} touched ${touched} rows, not ${planned}: a trigger or rule of the live table stands in the way. Everything was rolled back.`,
  );

function assertNotCancelled({ options }: Job): void {
  if (options.signal?.aborted)
    throw new Failure('run.cancelled', 'The apply was cancelled; nothing was written.');
}

/** Tells where the attempt is, and stops it where the operator asked for it. */
async function step(job: Job, name: ApplyStep, done: number): Promise<void> {
  // after COMMIT nothing can be stopped any more
  if (name !== 'commit' || done === 0) assertNotCancelled(job);
  const at = `${new Date().toISOString().slice(0, -1)}000Z`;
  await callersOwn(async () => job.options.onProgress?.({ step: name, done, total: rowsOf(job.counts), at }));
}
