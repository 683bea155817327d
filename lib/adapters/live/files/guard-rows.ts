import type { FileTable, NewRow, RowEdits } from '#lib/adapters/live/files/file-table';
import {
  byKey,
  liveKey,
  nameOf,
  type PlannedRow,
  type Shape,
  shown,
  type WrittenRow,
} from '#lib/adapters/live/files/planned-rows';
import { sameValue } from '#lib/adapters/live/files/value-forms';
import { addDecimal, formatDecimal, parseDecimal } from '#lib/base/decimal';
import { Failure } from '#lib/base/failure';
import type { PatchHeader } from '#lib/patch/patch';

type Texts = readonly (string | null)[];

const MOST_NAMED = 20;

/**
 * Holds the planned rows against the live ones: every update and delete by its before-values (a measure written by
 * delta by its row's existence), every insert by absence. Answers what to write. Failures: patch.stale naming the
 * rows, live.key_not_unique, live.value_unreadable.
 */
export async function guardRows(
  table: FileTable,
  shape: Shape,
  planned: readonly PlannedRow[],
  restoreFrom: string | null,
): Promise<{ edits: RowEdits; written: WrittenRow[]; rows: number }> {
  const guard = new Guard(shape, planned);
  const names = [...shape.keys, ...shape.measures.map((m) => m.name)];
  const rows = await table.scan(names, (row, values, line) => guard.meet(row, values, line));
  guard.finish();
  return {
    edits: {
      measures: shape.measures.map((m) => m.name),
      times: shape.times,
      updates: guard.updates,
      deletes: guard.deletes,
      inserts: guard.inserts,
      restoreFrom,
    },
    written: guard.written.sort((a, b) => a.seq - b.seq),
    rows,
  };
}

/** Which planned rows are not as they expect the live ones, all of them; writes and throws nothing for them. */
export async function movedRows(
  table: FileTable,
  shape: Shape,
  planned: readonly PlannedRow[],
): Promise<readonly MovedRow[]> {
  const guard = new Guard(shape, planned);
  const names = [...shape.keys, ...shape.measures.map((m) => m.name)];
  await table.scan(names, (row, values, line) => guard.meet(row, values, line));
  return guard.movedRows();
}

/** A row that moved; `i`: the measure that did, null where the row is gone or there. */
export type MovedRow = {
  readonly planned: PlannedRow;
  readonly what: 'changed' | 'gone' | 'there';
  readonly i: number | null;
  readonly now: string | null;
};

class Guard {
  readonly updates = new Map<number, Texts>();
  readonly deletes = new Set<number>();
  readonly inserts: NewRow[] = [];
  readonly written: WrittenRow[] = [];
  readonly #shape: Shape;
  readonly #planned: ReadonlyMap<string, PlannedRow>;
  readonly #met = new Set<PlannedRow>();
  readonly #moved: MovedRow[] = [];

  constructor(shape: Shape, planned: readonly PlannedRow[]) {
    this.#shape = shape;
    this.#planned = byKey(shape, planned);
  }

  meet(row: number, values: Texts, line: number): void {
    const key = liveKey(this.#shape, values);
    if (key === null) {
      this.#requireReadable(values, line);
      return;
    }
    const planned = this.#planned.get(key);
    if (planned === undefined) return;
    if (this.#met.has(planned)) {
      throw new Failure(
        'live.key_not_unique',
        `${nameOf(this.#shape, planned.key)} is there twice (again in line ${line}).`,
      );
    }
    this.#met.add(planned);
    const now = values.slice(this.#shape.keys.length);
    if (planned.op === 'insert') {
      this.#moved.push({ planned, what: 'there', i: null, now: null });
      return;
    }
    const moved = this.#shape.measures.findIndex((_, i) => !this.#holds(planned, now, i));
    if (moved < 0) this.#write(planned, row, now);
    else this.#moved.push({ planned, what: 'changed', i: moved, now: now[moved] ?? null });
  }

  finish(): void {
    for (const planned of this.#planned.values()) {
      if (this.#met.has(planned)) continue;
      if (planned.op !== 'insert') this.#moved.push({ planned, what: 'gone', i: null, now: null });
      else this.#insert(planned);
    }
    const count = this.#moved.length;
    if (count === 0) return;
    const rows = this.#moved.slice(0, MOST_NAMED).map((moved) => this.#words(moved));
    throw new Failure(
      'patch.stale',
      `${count} live ${count === 1 ? 'row' : 'rows'} changed since the preview; nothing was written. First: ${rows[0]}.`,
      { details: { rows, count } },
    );
  }

  /** After all rows were met: those that moved, in the patch's order. */
  movedRows(): readonly MovedRow[] {
    const gone = [...this.#planned.values()].filter((row) => !this.#met.has(row) && row.op !== 'insert');
    const moved = gone.map((planned) => ({ planned, what: 'gone' as const, i: null, now: null }));
    return [...this.#moved, ...moved].sort((a, b) => a.planned.seq - b.planned.seq);
  }

  /** Deletes are guarded by every value; so is what is set. What is added to needs its row, and a number to add to. */
  #holds(planned: PlannedRow, now: Texts, i: number): boolean {
    const { measures, forms } = this.#shape;
    const adds = planned.op === 'update' && measures[i]?.mode === 'delta' && planned.delta[i] != null;
    if (adds) return now[i] != null || planned.before[i] == null;
    return sameValue(now[i] ?? null, planned.before[i] ?? null, forms[i] ?? ((text) => text));
  }

  #write(planned: PlannedRow, row: number, now: Texts): void {
    const { seq, op, key, delta } = planned;
    if (op === 'delete') {
      this.deletes.add(row);
      this.written.push({ seq, op, key, before: now, after: now.map(() => null), delta, row });
      return;
    }
    const after = this.#shape.measures.map((measure, i) => {
      const form = this.#shape.forms[i] ?? ((text: string) => text);
      const still = sameValue(now[i] ?? null, planned.before[i] ?? null, form);
      if (measure.mode === 'set' || still) return planned.after[i] ?? null;
      return added(now[i] ?? null, delta[i] ?? null, measure.type);
    });
    this.updates.set(row, after);
    this.written.push({ seq, op, key, before: now, after, delta, row });
  }

  #insert(planned: PlannedRow): void {
    const { seq, op, key, before, after, delta, restore } = planned;
    const { keys, measures } = this.#shape;
    const values = new Map<string, string | null>(keys.map((name, i) => [name, key[i] ?? '']));
    for (const [i, measure] of measures.entries()) values.set(measure.name, after[i] ?? null);
    this.inserts.push(restore === null ? { kind: 'values', values } : { kind: 'restored', row: restore });
    this.written.push({ seq, op, key, before, after, delta, row: null });
  }

  /** A NULL key is never touched; a key that is no value of its type is a fault of the file. */
  #requireReadable(values: Texts, line: number): void {
    const keys = values.slice(0, this.#shape.keys.length);
    const wrong = keys.findIndex((text, i) => text !== null && this.#shape.keyForms[i]?.(text) === null);
    if (wrong < 0 || keys.includes(null)) return;
    throw new Failure(
      'live.value_unreadable',
      `Line ${line}: ${shown(keys[wrong])} in column "${this.#shape.keys[wrong]}" is not a value of its type.`,
      { at: { line } },
    );
  }

  #words({ planned, what, i, now }: MovedRow): string {
    const name = nameOf(this.#shape, planned.key);
    if (what === 'there') return `${name}: should not be there, and is`;
    if (what === 'gone' || i === null) return `${name}: is no longer there`;
    return `${name}: ${this.#shape.measures[i]?.name} was ${shown(planned.before[i])}, is ${shown(now)}`;
  }
}

/** now + delta, exact; NULL counts as 0, as it does in a delta. */
function added(now: string | null, delta: string | null, type: string): string | null {
  if (delta === null) return now;
  if (/^(DOUBLE|FLOAT|REAL)$/i.test(type)) return String(Number(now ?? 0) + Number(delta));
  const [a, b] = [parseDecimal(now ?? '0'), parseDecimal(delta)];
  if (a === null || b === null) {
    throw new Failure(
      'live.value_unreadable',
      `${shown(now)} is not a number that ${delta} can be added to.`,
    );
  }
  return formatDecimal(addDecimal(a, b));
}

/** What an updated row has to hold: what it held before, where it is not added to. */
export function heldTo({ measures }: PatchHeader): string {
  const added = measures.filter(({ mode }) => mode === 'delta').length;
  if (added === 0) return 'each only if it still holds the values before';
  return added === measures.length
    ? 'each only if it is still there'
    : 'each only if what is not added to still holds its value before';
}
