import { field } from '#lib/adapters/live/postgres/catalog';
import { type Job, rowsOf, step } from '#lib/adapters/live/postgres/job';
import { addedSinceFailure, repeatedFailure, staleFailure } from '#lib/adapters/live/postgres/moved-rows';
import type { Checked } from '#lib/adapters/live/postgres/preflight';
import { serverWords, sqlState } from '#lib/adapters/live/postgres/sql-error';
import type { Chunk } from '#lib/adapters/live/postgres/staging';
import * as sql from '#lib/adapters/live/postgres/statements';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import { AttemptAgain, type Writing } from '#lib/adapters/live/postgres/transaction';
import { Failure } from '#lib/base/failure';

/** Constraints and triggers that were put off until COMMIT speak now. */
export const CONSTRAINTS = 'SET CONSTRAINTS ALL IMMEDIATE';

/** Every write of the patch, chunk by chunk, each with its count; then nothing is left but to commit. */
export async function writeRows(
  job: Job,
  tx: Writing,
  checked: Checked,
  chunks: AsyncIterable<Chunk>,
  entry: string,
): Promise<void> {
  let done = 0;
  for await (const chunk of chunks) {
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
