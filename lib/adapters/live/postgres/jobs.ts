import { field } from '#lib/adapters/live/postgres/catalog';
import { type Connection, reading } from '#lib/adapters/live/postgres/connection';
import { assertNotCancelled, type Job } from '#lib/adapters/live/postgres/job';
import { type AppliedRow, patchKey, undoKey } from '#lib/adapters/live/postgres/ledger';
import { readFailure } from '#lib/adapters/live/postgres/sql-error';
import {
  addCounts,
  arraySource,
  assertCounts,
  type Chunk,
  countOps,
  createStaged,
  loadStaged,
  reversedRows,
  STAGED,
  stagedNames,
} from '#lib/adapters/live/postgres/staging';
import type { Shape } from '#lib/adapters/live/postgres/statements';
import { notApplied, type Target } from '#lib/adapters/live/postgres/target';
import { Bug, Failure } from '#lib/base/failure';
import type { ApplyOptions } from '#lib/patch/live-store';
import type { Counts, SealedPatch } from '#lib/patch/patch';

const UNDO_BATCH_ROWS = 10_000;

/** What an apply is made of. */
export function applyJob(target: Target, patch: SealedPatch, options: ApplyOptions): Job {
  const { header } = patch;
  return {
    ...target,
    header,
    counts: header.counts,
    undo: false,
    leftOut: [],
    options,
    plan: (applied) => {
      if (applied === null) return { key: patchKey(header) };
      if (!applied.undone) return { done: 'already' };
      throw new Failure(
        'patch.undone',
        `The patch was applied at ${applied.at} and undone; it is not applied again.`,
      );
    },
    stage: async (connection, shape) => {
      if (!(await createStaged(connection, shape))) return batchChunks(shape, patch);
      const counts = await loadStaged(connection, shape, patch.rows(), () => assertNotCancelled({ options }));
      assertCounts(header.counts, counts);
      return stagedChunk(counts);
    },
  };
}

/** All of the patch at once, from the temporary table. */
async function* stagedChunk(counts: Counts): AsyncGenerator<Chunk> {
  yield { source: { from: STAGED, values: [] }, counts, whole: true };
}

async function* batchChunks(shape: Shape, patch: SealedPatch): AsyncGenerator<Chunk> {
  const planned = patch.header.counts;
  let found: Counts = { updates: 0, inserts: 0, deletes: 0 };
  for await (const batch of patch.rows()) {
    const counts = countOps(batch.op);
    found = addCounts(found, counts);
    yield { source: arraySource(shape, batch), counts, whole: false };
  }
  assertCounts(planned, found);
}

/** What an undo is made of: the rows come from the ledger, all but those left out. Throws patch.damaged, live.*. */
export async function undoJob(
  target: Target,
  patch: SealedPatch,
  options: ApplyOptions,
  applied: AppliedRow,
  leaveOut: readonly number[],
): Promise<Job> {
  const { header } = patch;
  const leftOut = [...new Set(leaveOut)].sort((a, b) => a - b);
  const left = await leftCounts(target, applied.entry, leftOut);
  const { updates, inserts, deletes } = header.counts;
  return {
    ...target,
    header,
    counts: {
      updates: updates - left.updates,
      inserts: deletes - left.deletes,
      deletes: inserts - left.inserts,
    },
    undo: true,
    leftOut,
    options,
    plan: (now) => {
      if (now === null) throw notApplied();
      return now.undone ? { done: 'already' } : { key: undoKey(now, header) };
    },
    stage: (connection, shape, now) => {
      if (now === null) throw new Bug('an undo without an applied patch');
      return stageUndo(connection, shape, reversedRows(shape, now.entry, leftOut), now.entry);
    },
  };
}

const LEFT = `SELECT op, count(*)::text FROM recount.patch_row
 WHERE entry = $1::bigint AND seq = ANY ($2::bigint[]) GROUP BY op`;

/** How many rows of which kind are left out; every one of them must be a row of the patch. */
async function leftCounts(target: Target, entry: string, leftOut: readonly number[]): Promise<Counts> {
  if (leftOut.length === 0) return { updates: 0, inserts: 0, deletes: 0 };
  try {
    return await reading(target, async (connection) => {
      const { rows } = await connection.query(LEFT, [entry, leftOut]);
      const of = (op: string): number => Number(rows.find((row) => row[0] === op)?.[1] ?? 0);
      const counts = { updates: of('update'), inserts: of('insert'), deletes: of('delete') };
      const found = counts.updates + counts.inserts + counts.deletes;
      if (found === leftOut.length) return counts;
      throw new Failure(
        'patch.damaged',
        `${leftOut.length - found} of the ${leftOut.length} rows to leave out are no rows of this patch; nothing was put back.`,
      );
    });
  } catch (error) {
    throw readFailure(error, target.address, 'The ledger cannot be read');
  }
}

const REVERSED_COUNTS = (rows: string): string =>
  `SELECT (count(*) FILTER (WHERE op = 'update'))::text, (count(*) FILTER (WHERE op = 'insert'))::text,
          (count(*) FILTER (WHERE op = 'delete'))::text FROM (${rows}) s`;

async function countRows(connection: Connection, from: string): Promise<Counts> {
  const row = (await connection.query(REVERSED_COUNTS(from))).rows[0];
  return { updates: Number(field(row, 0)), inserts: Number(field(row, 1)), deletes: Number(field(row, 2)) };
}

async function stageUndo(
  connection: Connection,
  shape: Shape,
  rows: string,
  entry: string,
): Promise<AsyncIterable<Chunk>> {
  if (!(await createStaged(connection, shape))) return undoBatches(connection, rows, entry);
  const names = stagedNames(shape);
  await connection.query(`INSERT INTO ${STAGED} (${names}) SELECT ${names} FROM (${rows}) s ORDER BY s.seq`);
  await connection.query(`ANALYZE ${STAGED}`);
  return stagedChunk(await countRows(connection, `SELECT * FROM ${STAGED}`));
}

async function* undoBatches(connection: Connection, rows: string, entry: string): AsyncGenerator<Chunk> {
  const last = await connection.query(
    'SELECT coalesce(max(seq), -1)::text FROM recount.patch_row WHERE entry = $1::bigint',
    [entry],
  );
  for (let from = 0; from <= Number(field(last.rows[0], 0)); from += UNDO_BATCH_ROWS) {
    const part = `${rows} AND r.seq >= ${from} AND r.seq < ${from + UNDO_BATCH_ROWS}`;
    const counts = await countRows(connection, part);
    yield { source: { from: `(${part})`, values: [] }, counts, whole: false };
  }
}
