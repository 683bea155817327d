import { finished } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { deltaType } from '#lib/adapters/live/postgres/column-type';
import type { Connection } from '#lib/adapters/live/postgres/connection';
import { comparedType, type Shape, type Source } from '#lib/adapters/live/postgres/statements';
import { Bug, Failure } from '#lib/base/failure';
import type { Counts, Op, PatchBatch } from '#lib/patch/patch';

/** A part of a patch that the statements run over, with what each of them must touch. */
export type Chunk = {
  readonly source: Source;
  readonly counts: Counts;
  /** It is the whole patch: deferred constraints can be judged before it is read back. */
  readonly whole: boolean;
};

/** The table that the rows are loaded into; gone with the transaction. */
export const STAGED = 'pg_temp.recount_rows';

type StagedColumn = { readonly name: string; readonly type: string };

/** The columns of a staged row after `seq` and `op`, in order. */
export function stagedColumns(shape: Shape): StagedColumn[] {
  return [
    ...shape.keys.map((key, i) => ({ name: `key_${i}`, type: key.castType })),
    ...shape.measures.map((m, i) => ({ name: `before_${i}`, type: m.castType })),
    ...shape.measures.map((m, i) => ({ name: `after_${i}`, type: m.castType })),
    ...shape.measures.flatMap((m, i) => {
      const type = deltaType(m);
      return m.mode === 'delta' && type !== null ? [{ name: `delta_${i}`, type }] : [];
    }),
  ];
}

/** Values of a batch in the order of stagedColumns. */
export function patchValues(shape: Shape, batch: PatchBatch): readonly (readonly (string | null)[])[] {
  const delta = batch.delta.filter((_, i) => {
    const measure = shape.measures[i];
    return measure !== undefined && measure.mode === 'delta' && deltaType(measure) !== null;
  });
  return [...batch.keys, ...batch.before, ...batch.after, ...delta];
}

export function countOps(ops: readonly Op[]): Counts {
  const counts = { updates: 0, inserts: 0, deletes: 0 };
  for (const op of ops) {
    if (op === 'update') counts.updates += 1;
    else if (op === 'insert') counts.inserts += 1;
    else counts.deletes += 1;
  }
  return counts;
}

/** Whether the role may have a temporary table. */
export async function mayStage(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query(
    "SELECT has_database_privilege(current_database(), 'TEMPORARY')::text",
  );
  return rows[0]?.[0] === 'true';
}

/** Creates the temporary table; false where the role may have none. */
export async function createStaged(connection: Connection, shape: Shape): Promise<boolean> {
  if (!(await mayStage(connection))) return false;
  const columns = stagedColumns(shape).map(({ name, type }) => `${name} ${type}`);
  await connection.query(
    `CREATE TEMPORARY TABLE recount_rows (seq bigint, op text, ${columns.join(', ')}, whole jsonb) ON COMMIT DROP`,
  );
  return true;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const copyField = (value: string | null): string =>
  value === null ? '\\N' : value.replace(/[\\\n\r\t]/g, (c) => ESCAPES[c] ?? c);

/**
 * Loads every row into the temporary table by COPY, in bounded memory, and counts them. `goOn` throws to stop it. All of it
 * may take as long as any statement of the session: rows that do not come must not keep the transaction open.
 */
export async function loadStaged(
  connection: Connection,
  shape: Shape,
  batches: AsyncIterable<PatchBatch>,
  goOn: () => void,
): Promise<Counts> {
  const names = ['seq', 'op', ...stagedColumns(shape).map((column) => column.name)];
  const stream = connection.client.query(copyFrom(`COPY ${STAGED} (${names.join(', ')}) FROM STDIN`));
  const done = finished(stream);
  done.catch(() => {});
  const broken = done.then(() => Promise.reject(new Bug('COPY ended before its rows')));
  broken.catch(() => {});
  const rows = batches[Symbol.asyncIterator]();
  let counts: Counts = { updates: 0, inserts: 0, deletes: 0 };
  try {
    for (;;) {
      const next = await Promise.race([rows.next(), broken]);
      if (next.done === true) break;
      goOn();
      counts = addCounts(counts, countOps(next.value.op));
      if (!stream.write(copyText(shape, next.value))) {
        await Promise.race([new Promise<void>((drained) => stream.once('drain', drained)), broken]);
      }
    }
  } catch (error) {
    // where the server gave up, rows that do not come are not waited for
    await Promise.race([rows.return?.(), broken]).catch(() => {});
    stream.destroy();
    throw error;
  }
  stream.end();
  await done;
  await connection.query(`ANALYZE ${STAGED}`);
  return counts;
}

function copyText(shape: Shape, batch: PatchBatch): string {
  const columns = patchValues(shape, batch);
  let text = '';
  for (let row = 0; row < batch.size; row += 1) {
    text += `${batch.seq[row]}\t${batch.op[row]}`;
    for (const column of columns) text += `\t${copyField(column[row] ?? null)}`;
    text += '\n';
  }
  return wellFormed(text, batch);
}

/** A lone surrogate would become U+FFFD on its way, silently. */
function wellFormed<T extends string>(text: T, batch: PatchBatch): T {
  if (text.isWellFormed()) return text;
  throw new Failure(
    'patch.target_refused',
    `A row between ${batch.seq[0]} and ${batch.seq.at(-1)} of the patch has text that is no valid Unicode.`,
  );
}

/** One batch as arrays that travel with each statement: for roles that may have no temporary table. */
export function arraySource(shape: Shape, batch: PatchBatch): Source {
  const columns = stagedColumns(shape);
  const values = patchValues(shape, batch);
  for (const column of values) wellFormed(column.join(''), batch);
  const arrays = ['$1::text[]', '$2::text[]', ...columns.map((_, i) => `$${i + 3}::text[]`)];
  const typed = columns.map(({ name, type }) => `(u.${name})::${type} AS ${name}`);
  const names = ['seq', 'op', ...columns.map(({ name }) => name)];
  return {
    from: `(SELECT u.seq::bigint AS seq, u.op, ${typed.join(', ')}, NULL::jsonb AS whole FROM unnest(${arrays.join(', ')}) AS u(${names.join(', ')}))`,
    values: [batch.seq.map(String), batch.op, ...values],
  };
}

/** Says what is wrong when the rows are not as many as the header counts. */
export function assertCounts(planned: Counts, found: Counts): void {
  if (
    planned.updates === found.updates &&
    planned.inserts === found.inserts &&
    planned.deletes === found.deletes
  ) {
    return;
  }
  throw new Failure('patch.damaged', 'The rows of the patch are not as many as its header says.');
}

export const addCounts = (a: Counts, b: Counts): Counts => ({
  updates: a.updates + b.updates,
  inserts: a.inserts + b.inserts,
  deletes: a.deletes + b.deletes,
});

/**
 * The rows of an applied patch turned round, as a relation: updates swap before and after, inserts become deletes and
 * deletes become inserts; all but those of the given `seq`. Straight from the ledger: nothing of it passes through this process.
 */
export function reversedRows(shape: Shape, entry: string, leftOut: readonly number[] = []): string {
  if (!/^\d+$/.test(entry)) throw new Bug('a ledger entry is a number');
  if (!leftOut.every(Number.isSafeInteger)) throw new Bug('a row of a patch is a number');
  const typed = (list: string, alias: string): string[] =>
    shape.measures.map((m, i) => {
      const via = comparedType(m) === m.castType ? '' : `::${comparedType(m)}`;
      return `((${list})[${i + 1}])${via}::${m.castType} AS ${alias}_${i}`;
    });
  const deltas = shape.measures.flatMap((m, i) => {
    const type = deltaType(m);
    return m.mode === 'delta' && type !== null ? [`-((r.delta)[${i + 1}])::${type} AS delta_${i}`] : [];
  });
  const columns = [
    'r.seq',
    `CASE r.op WHEN 'insert' THEN 'delete' WHEN 'delete' THEN 'insert' ELSE r.op END AS op`,
    ...shape.keys.map((key, i) => `((r.key)[${i + 1}])::${key.castType} AS key_${i}`),
    ...typed('r.after', 'before'),
    ...typed('r.before', 'after'),
    ...deltas,
    'r.whole',
  ];
  const left = leftOut.length === 0 ? '' : ` AND r.seq <> ALL ('{${leftOut.join(',')}}'::bigint[])`;
  return `SELECT ${columns.join(', ')} FROM recount.patch_row r WHERE r.entry = ${entry}${left}`;
}

/** The names of a staged row's columns, as a list for INSERT and SELECT. */
export const stagedNames = (shape: Shape): string =>
  ['seq', 'op', ...stagedColumns(shape).map((column) => column.name), 'whole'].join(', ');
