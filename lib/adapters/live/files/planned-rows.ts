import type { FileTable } from '#lib/adapters/live/files/file-table';
import {
  isInstantType,
  keyForm,
  type Normaliser,
  normaliserOf,
  sameValue,
} from '#lib/adapters/live/files/value-forms';
import { formatDecimal, negateDecimal, parseDecimal } from '#lib/base/decimal';
import { Failure } from '#lib/base/failure';
import { keyZone } from '#lib/patch/live-zone';
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
  /** Columns that hold instants, with the zone of those without an offset. */
  readonly times: ReadonlyMap<string, string>;
};

export function shapeOf(header: PatchHeader): Shape {
  const zones = [...header.keys.map((_, i) => keyZone(header, i)), ...header.measures.map(() => 'UTC')];
  return {
    keys: header.keys.map((key) => key.name),
    measures: header.measures,
    keyForms: header.keys.map((key, i) => normaliserOf(key.type, keyZone(header, i))),
    forms: header.measures.map((measure) => normaliserOf(measure.type, 'UTC')),
    times: new Map(
      [...header.keys, ...header.measures].flatMap(({ name, type }, i) =>
        isInstantType(type) ? [[name, zones[i] ?? 'UTC']] : [],
      ),
    ),
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

/** Rows by the form of their key. Failures: patch.damaged. */
export function byKey<T extends { readonly key: readonly string[] }>(
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

/** The form of a live row's key; null where a part is NULL or no value of its type. */
export function liveKey(shape: Shape, values: Texts): string | null {
  const parts: string[] = [];
  for (let i = 0; i < shape.keys.length; i += 1) {
    const part = values[i] ?? null;
    if (part === null) return null;
    parts.push(part);
  }
  return keyForm(parts, shape.keyForms);
}

/** A row as a message names it. */
export const nameOf = (shape: Shape, key: readonly string[]): string =>
  shape.keys.map((name, i) => `${name}=${key[i]}`).join(', ');

export const shown = (text: string | null | undefined): string =>
  text === null || text === undefined ? 'NULL' : `"${text}"`;

function negated(text: string): string {
  const decimal = parseDecimal(text);
  return decimal === null ? String(-Number(text)) : formatDecimal(negateDecimal(decimal));
}
