import { field, findRelation, identityOf, isUniqueBy } from '#lib/adapters/live/postgres/catalog';
import { reading } from '#lib/adapters/live/postgres/connection';
import { assertIdentity, shapeOf } from '#lib/adapters/live/postgres/preflight';
import { readFailure } from '#lib/adapters/live/postgres/sql-error';
import { reversedRows } from '#lib/adapters/live/postgres/staging';
import { movedSeqsStatement, movedWholeStatement, type Shape } from '#lib/adapters/live/postgres/statements';
import { lookUp, notApplied, type Target } from '#lib/adapters/live/postgres/target';
import { Failure } from '#lib/base/failure';
import type { SealedPatch } from '#lib/patch/patch';
import { MOVED_SHOWN, type UndoOutlook } from '#lib/patch/rehearsal';

const KEYS_FROM = 6;

type Moved = UndoOutlook['moved'][number];

/**
 * Which rows of an applied patch an undo could put back as they are now: the ledger's rows held against the live ones
 * by the very guard of an undo, inside the database. Throws patch.not_applied, also where it was undone.
 */
export async function undoOutlook(target: Target, patch: SealedPatch): Promise<UndoOutlook> {
  const { counts, seal } = patch.header;
  const rows = counts.updates + counts.inserts + counts.deletes;
  if (rows === 0) return { rows, unmoved: 0, moved: [], movedSeqs: [] };
  const applied = await lookUp(target, seal);
  if (applied === null) throw notApplied();
  if (applied.undone)
    throw new Failure('patch.not_applied', `The patch was applied at ${applied.at} and undone.`);
  try {
    return await reading(target, async (connection) => {
      const relation = await findRelation(connection, target.name);
      assertIdentity(patch.header.target, await identityOf(connection, relation.name));
      const back = { updates: counts.updates, inserts: counts.deletes, deletes: counts.inserts };
      const shape = shapeOf(relation, patch.header, back, true);
      const keys = shape.keys.map((key) => key.name);
      // the ledger's rows have no statistics yet: without an index a nested loop would read the table for each
      if (!isUniqueBy(relation, keys)) await connection.query('SET LOCAL enable_nestloop = off');
      const source = { from: `(${reversedRows(shape, applied.entry)})`, values: [] };
      const all = (await connection.query(movedSeqsStatement(shape, source))).rows[0];
      const movedSeqs = field(all, 0) === '' ? [] : field(all, 0).split(',').map(Number);
      const first = await connection.query(movedWholeStatement(shape, source, MOVED_SHOWN));
      return {
        rows,
        unmoved: rows - movedSeqs.length,
        moved: first.rows.map((row) => movedRow(shape, row)),
        movedSeqs,
      };
    });
  } catch (error) {
    throw readFailure(error, target.address, 'The patched rows cannot be read');
  }
}

/** seq, op, there, whole then, whole now, flags; keys; what the patch wrote; what is there now. */
function movedRow(shape: Shape, row: readonly (string | null)[]): Moved {
  const wroteFrom = KEYS_FROM + shape.keys.length;
  const nowFrom = wroteFrom + shape.measures.length;
  const base = {
    seq: Number(field(row, 0)),
    key: shape.keys.map((_, i) => row[KEYS_FROM + i] ?? ''),
  };
  const [op, isThere] = [field(row, 1), field(row, 2) === 'true'];
  if (op === 'insert') return { ...base, what: 'there', column: '', wrote: null, now: null };
  if (!isThere) return { ...base, what: 'gone', column: '', wrote: null, now: null };
  const differs = (at: number): boolean => field(row, 5)[at] === '0';
  // a value that was added to may have moved on; that alone stops no undo
  const set = shape.measures.findIndex((m, at) => differs(at) && (m.mode === 'set' || op === 'delete'));
  const i = set < 0 ? shape.measures.findIndex((_, at) => differs(at)) : set;
  const measure = shape.measures[i];
  if (measure !== undefined) {
    const [wrote, now] = [row[wroteFrom + i] ?? null, row[nowFrom + i] ?? null];
    return { ...base, what: 'changed', column: measure.name, wrote, now };
  }
  return { ...base, what: 'changed', ...otherColumn(row[3] ?? null, row[4] ?? null) };
}

/** The first column that differs between two whole rows. */
function otherColumn(then: string | null, now: string | null): Pick<Moved, 'column' | 'wrote' | 'now'> {
  const [was, is] = [wholeRow(then), wholeRow(now)];
  const column = [...is.keys()].find((name) => was.get(name) !== is.get(name)) ?? '';
  return { column, wrote: was.get(column) ?? null, now: is.get(column) ?? null };
}

function wholeRow(text: string | null): Map<string, string | null> {
  const row: unknown = text === null ? {} : JSON.parse(text);
  const entries = typeof row === 'object' && row !== null ? Object.entries(row) : [];
  return new Map(entries.map(([name, value]) => [name, typeof value === 'string' ? value : null]));
}
