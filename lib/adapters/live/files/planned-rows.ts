import type { FileTable, NewRow, RowEdits } from '#lib/adapters/live/files/file-table';
import { keyForm, type Normaliser, normaliserOf, sameValue } from '#lib/adapters/live/files/value-forms';
import { addDecimal, formatDecimal, negateDecimal, parseDecimal } from '#lib/base/decimal';
import { Failure } from '#lib/base/failure';
import type { Op, PatchHeader, SealedPatch } from '#lib/patch/patch';

type Texts = readonly (string | null)[];

/** One row that a patch, or an undo, is going to write. */
export type PlannedRow = {
  readonly seq: number;
  readonly op: Op;
  readonly key: readonly string[];
  readonly before: Texts;
  readonly after: Texts;
  readonly delta: Texts;
  /** An insert that puts a deleted row back: its number in the kept file. */
  readonly restore: number | null;
};

/** What was written, with the values as they were at that moment. `row`: its number in the file before. */
export type WrittenRow = Omit<PlannedRow, 'restore'> & { readonly row: number | null };

/** Keys and measures of a patch, and how their values are compared. */
export type Shape = {
  readonly keys: readonly string[];
  readonly measures: PatchHeader['measures'];
  readonly keyForms: readonly Normaliser[];
  readonly forms: readonly Normaliser[];
};

const MOST_NAMED = 20;

export function shapeOf(header: PatchHeader, timezone: string): Shape {
  return {
    keys: header.keys.map((key) => key.name),
    measures: header.measures,
    keyForms: header.keys.map((key) => normaliserOf(key.type, timezone)),
    forms: header.measures.map((measure) => normaliserOf(measure.type, timezone)),
  };
}

/** All rows of a patch. They fit in memory: a patch is what a person approved. */
export async function plannedRows(patch: SealedPatch): Promise<PlannedRow[]> {
  const rows: PlannedRow[] = [];
  for await (const batch of patch.rows()) {
    const column = (texts: readonly Texts[], i: number): Texts => texts.map((values) => values[i] ?? null);
    for (let i = 0; i < batch.size; i += 1) {
      rows.push({
        seq: batch.seq[i] ?? rows.length,
        op: batch.op[i] ?? 'update',
        key: batch.keys.map((values) => values[i] ?? ''),
        before: column(batch.before, i),
        after: column(batch.after, i),
        delta: column(batch.delta, i),
        restore: null,
      });
    }
  }
  return rows;
}

/** The rows that put back what was written, in the same order. */
export function reversed(written: readonly WrittenRow[]): PlannedRow[] {
  const opposite = { update: 'update', insert: 'delete', delete: 'insert' } as const;
  return written.map(({ seq, op, key, before, after, delta, row }) => ({
    seq,
    op: opposite[op],
    key,
    before: after,
    after: before,
    delta: delta.map((text) => (text === null ? null : negated(text))),
    restore: op === 'delete' ? row : null,
  }));
}

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
      updates: guard.updates,
      deletes: guard.deletes,
      inserts: guard.inserts,
      restoreFrom,
    },
    written: guard.written.sort((a, b) => a.seq - b.seq),
    rows,
  };
}

/** Reads the new file back: every row must be as planned. Failures: patch.target_refused. */
export async function readBack(
  table: FileTable,
  shape: Shape,
  written: readonly WrittenRow[],
  rows: number,
): Promise<void> {
  const states = await statesOf(table, shape, written);
  const wrong = states.find(({ row, now }) => !isAfter(row, now, shape));
  const grown =
    written.filter((r) => r.op === 'insert').length - written.filter((r) => r.op === 'delete').length;
  if (wrong === undefined && states.rows === rows + grown) return;
  throw new Failure(
    'patch.target_refused',
    wrong === undefined
      ? `The new file has ${states.rows} rows instead of ${rows + grown}; the live file was not touched.`
      : `The new file does not hold what was planned for ${nameOf(shape, wrong.row.key)}; the live file was not touched.`,
  );
}

type RowState = { readonly row: WrittenRow; readonly now: Texts | null };

/** What each written row holds in the file now; null where there is no such row. */
export async function statesOf(
  table: FileTable,
  shape: Shape,
  written: readonly WrittenRow[],
): Promise<RowState[] & { rows: number }> {
  const wanted = byKey(shape, written);
  const found = new Map<WrittenRow, Texts>();
  const names = [...shape.keys, ...shape.measures.map((m) => m.name)];
  const rows = await table.scan(names, (_, values) => {
    const row = wanted.get(liveKey(shape, values) ?? '');
    if (row !== undefined) found.set(row, values.slice(shape.keys.length));
  });
  return Object.assign(
    written.map((row) => ({ row, now: found.get(row) ?? null })),
    { rows },
  );
}

/** True when a row is as the patch left it. */
export function isAfter(row: WrittenRow, now: Texts | null, shape: Shape): boolean {
  if (row.op === 'delete' || now === null) return row.op === 'delete' && now === null;
  return shape.forms.every((form, i) => sameValue(now[i] ?? null, row.after[i] ?? null, form));
}

class Guard {
  readonly updates = new Map<number, Texts>();
  readonly deletes = new Set<number>();
  readonly inserts: NewRow[] = [];
  readonly written: WrittenRow[] = [];
  readonly #shape: Shape;
  readonly #planned: ReadonlyMap<string, PlannedRow>;
  readonly #met = new Set<PlannedRow>();
  readonly #moved: string[] = [];
  #movedRows = 0;

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
      this.#stale(planned, 'should not be there, and is');
      return;
    }
    const moved = this.#shape.measures.findIndex((_, i) => !this.#holds(planned, now, i));
    if (moved < 0) this.#write(planned, row, now);
    else {
      const name = this.#shape.measures[moved]?.name;
      this.#stale(planned, `${name} was ${shown(planned.before[moved])}, is ${shown(now[moved])}`);
    }
  }

  finish(): void {
    for (const planned of this.#planned.values()) {
      if (this.#met.has(planned)) continue;
      if (planned.op !== 'insert') this.#stale(planned, 'is no longer there');
      else this.#insert(planned);
    }
    if (this.#movedRows === 0) return;
    throw new Failure(
      'patch.stale',
      `${this.#movedRows} live ${this.#movedRows === 1 ? 'row' : 'rows'} changed since the preview; nothing was written. First: ${this.#moved[0]}.`,
      { details: { rows: this.#moved, count: this.#movedRows } },
    );
  }

  /** Deletes are guarded by every value; so is what is set. What is added to needs only its row. */
  #holds(planned: PlannedRow, now: Texts, i: number): boolean {
    const { measures, forms } = this.#shape;
    if (planned.op === 'update' && measures[i]?.mode === 'delta') return true;
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

  #stale(planned: PlannedRow, what: string): void {
    this.#movedRows += 1;
    if (this.#moved.length < MOST_NAMED) this.#moved.push(`${nameOf(this.#shape, planned.key)}: ${what}`);
  }
}

function byKey<T extends { readonly key: readonly string[] }>(
  shape: Shape,
  rows: readonly T[],
): Map<string, T> {
  const found = new Map<string, T>();
  for (const row of rows) {
    const key = keyForm(row.key, shape.keyForms);
    if (key === null || found.has(key)) {
      throw new Failure(
        'patch.damaged',
        `The patch names ${nameOf(shape, row.key)} twice, or not as its type has it.`,
      );
    }
    found.set(key, row);
  }
  return found;
}

function liveKey(shape: Shape, values: Texts): string | null {
  const parts: string[] = [];
  for (let i = 0; i < shape.keys.length; i += 1) {
    const part = values[i] ?? null;
    if (part === null) return null;
    parts.push(part);
  }
  return keyForm(parts, shape.keyForms);
}

const nameOf = (shape: Shape, key: readonly string[]): string =>
  shape.keys.map((name, i) => `${name}=${key[i]}`).join(', ');

const shown = (text: string | null | undefined): string =>
  text === null || text === undefined ? 'NULL' : `"${text}"`;

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

function negated(text: string): string {
  const decimal = parseDecimal(text);
  return decimal === null ? String(-Number(text)) : formatDecimal(negateDecimal(decimal));
}
