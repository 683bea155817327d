import { attemptOnce, type Job } from '#lib/adapters/live/postgres/attempt';
import { field } from '#lib/adapters/live/postgres/catalog';
import type { Connection } from '#lib/adapters/live/postgres/connection';
import { type AppliedRow, createLedger, patchKey, undoKey } from '#lib/adapters/live/postgres/ledger';
import { fenceSteps } from '#lib/adapters/live/postgres/settle';
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
import { lookUp, notApplied, type Target } from '#lib/adapters/live/postgres/target';
import { AttemptAgain } from '#lib/adapters/live/postgres/transaction';
import { Bug, Failure } from '#lib/base/failure';
import { applyAtMostOnce } from '#lib/patch/at-most-once';
import type { ApplyOptions, ApplyStatus, UndoStatus } from '#lib/patch/live-store';
import type { Counts, SealedPatch } from '#lib/patch/patch';

const UNDO_BATCH_ROWS = 10_000;
const isEmpty = (counts: Counts): boolean => counts.updates + counts.inserts + counts.deletes === 0;

/** The attempts at a job, on this target. */
const attempts = (job: Job): Promise<'done' | 'already'> =>
  applyAtMostOnce({
    ...fenceSteps(job),
    attempt: () =>
      attemptOnce(job).catch((error: unknown) => {
        if (error instanceof AttemptAgain) return { kind: 'again', failure: error.failure };
        throw error;
      }),
    createLedger: job.undo ? null : () => createLedger(job.address),
  });

/**
 * Writes a sealed patch once, or nothing: docs/recovery-plan.md section 6. An earlier attempt of another process that
 * is still open is waited for at the ledger's row, so that calling again after `patch.unknown` settles it.
 */
export async function applyPatch(
  target: Target,
  patch: SealedPatch,
  options: ApplyOptions,
): Promise<ApplyStatus> {
  const { header } = patch;
  if (isEmpty(header.counts)) return 'nothing_to_apply';
  const outcome = await attempts({
    ...target,
    header,
    counts: header.counts,
    undo: false,
    options,
    plan: (applied) => {
      if (applied === null) return { key: patchKey(header) };
      if (!applied.undone) return { done: 'already' };
      throw new Failure(
        'patch.undone',
        `The patch was applied at ${applied.at} and undone; it is not applied again.`,
      );
    },
    chunks: (connection, shape) => patchChunks(connection, shape, patch),
  });
  return outcome === 'already' ? 'already_applied' : 'applied';
}

async function* patchChunks(connection: Connection, shape: Shape, patch: SealedPatch): AsyncGenerator<Chunk> {
  const planned = patch.header.counts;
  if (await createStaged(connection, shape)) {
    const counts = await loadStaged(connection, shape, patch.rows());
    assertCounts(planned, counts);
    yield { source: { from: STAGED, values: [] }, counts, whole: true };
    return;
  }
  let found: Counts = { updates: 0, inserts: 0, deletes: 0 };
  for await (const batch of patch.rows()) {
    const counts = countOps(batch.op);
    found = addCounts(found, counts);
    yield { source: arraySource(shape, batch), counts, whole: false };
  }
  assertCounts(planned, found);
}

/** Puts the rows of an applied patch back from the ledger: docs/recovery-plan.md section 6. */
export async function undoPatch(
  target: Target,
  patch: SealedPatch,
  options: ApplyOptions,
): Promise<UndoStatus> {
  const { header } = patch;
  if (isEmpty(header.counts)) return 'nothing_to_apply';
  // asked first for the answer alone: preflight names rights that a patch never applied does not need
  const before = await lookUp(target, header.seal);
  if (before === null) throw notApplied();
  if (before.undone) return 'already_undone';
  const { updates, inserts, deletes } = header.counts;
  const outcome = await attempts({
    ...target,
    header,
    counts: { updates, inserts: deletes, deletes: inserts },
    undo: true,
    options,
    plan: (applied) => {
      if (applied === null) throw notApplied();
      return applied.undone ? { done: 'already' } : { key: undoKey(applied, header) };
    },
    chunks: (connection, shape, applied) => {
      if (applied === null) throw new Bug('an undo without an applied patch');
      return undoChunks(connection, shape, applied);
    },
  });
  return outcome === 'already' ? 'already_undone' : 'undone';
}

const REVERSED_COUNTS = (rows: string): string =>
  `SELECT (count(*) FILTER (WHERE op = 'update'))::text, (count(*) FILTER (WHERE op = 'insert'))::text,
          (count(*) FILTER (WHERE op = 'delete'))::text FROM (${rows}) s`;

async function* undoChunks(connection: Connection, shape: Shape, applied: AppliedRow): AsyncGenerator<Chunk> {
  const rows = reversedRows(shape, applied.entry);
  const counted = async (from: string): Promise<Counts> => {
    const row = (await connection.query(REVERSED_COUNTS(from))).rows[0];
    return { updates: Number(field(row, 0)), inserts: Number(field(row, 1)), deletes: Number(field(row, 2)) };
  };
  if (await createStaged(connection, shape)) {
    const names = stagedNames(shape);
    await connection.query(
      `INSERT INTO ${STAGED} (${names}) SELECT ${names} FROM (${rows}) s ORDER BY s.seq`,
    );
    await connection.query(`ANALYZE ${STAGED}`);
    yield {
      source: { from: STAGED, values: [] },
      counts: await counted(`SELECT * FROM ${STAGED}`),
      whole: true,
    };
    return;
  }
  const last = await connection.query(
    'SELECT coalesce(max(seq), -1)::text FROM recount.patch_row WHERE entry = $1::bigint',
    [applied.entry],
  );
  for (let from = 0; from <= Number(field(last.rows[0], 0)); from += UNDO_BATCH_ROWS) {
    const part = `${rows} AND r.seq >= ${from} AND r.seq < ${from + UNDO_BATCH_ROWS}`;
    yield { source: { from: `(${part})`, values: [] }, counts: await counted(part), whole: false };
  }
}
