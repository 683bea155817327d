import {
  type ColumnSpec,
  type LiveRow,
  type PatchRowSpec,
  type PatchSpec,
  sealedPatch,
} from '#lib/patch/conformance/patch-fixture';
import type { LiveStore } from '#lib/patch/live-store';
import type { SealedPatch, Signatures } from '#lib/patch/patch';

/** A live table or file that a harness made for one test. */
export type LiveUnderTest = {
  readonly store: LiveStore;
  /** All rows and columns as text in canonical form (instants ISO with Z), in any order. */
  read(): Promise<readonly LiveRow[]>;
  /** A write by somebody else: replaces the given columns of the row with this key; null: removes the row. */
  disturb(key: LiveRow, values: LiveRow | null): Promise<void>;
  /** Somebody else inserts a row. */
  add(row: LiveRow): Promise<void>;
};

export type TableSpec = {
  readonly columns: readonly ColumnSpec[];
  readonly keys: readonly string[];
  /** Without: the store does not keep the keys unique, and they may be NULL. */
  readonly unique: boolean;
  readonly rows: readonly LiveRow[];
};

/** What an adapter brings to the suite: a fresh table each time. */
export type LiveHarness = { readonly name: string; create(table: TableSpec): Promise<LiveUnderTest> };

export const USER: ColumnSpec = { name: 'user_id', type: 'VARCHAR' };
export const TOTAL: ColumnSpec = { name: 'total', type: 'DECIMAL(18,2)' };
export const EVENTS: ColumnSpec = { name: 'events', type: 'BIGINT' };
export const NOTE: ColumnSpec = { name: 'note', type: 'VARCHAR' };

export const SIGNED: Signatures = {
  author: 'Ann',
  approvedBy: 'Bo',
  approvedAt: '2024-06-11T10:00:00.000000Z',
  auditHead: { chain: '6f1c2a52-97c5-4ad6-9e63-51cf0dd9b3a1', position: 12, hash: 'ab'.repeat(32) },
};
export const by = { signatures: SIGNED };

export const row = (
  user_id: string,
  total: string | null,
  events: string | null,
  note: string | null,
): LiveRow => ({
  user_id,
  total,
  events,
  note,
});
export const START: TableSpec = {
  columns: [USER, TOTAL, EVENTS, NOTE],
  keys: ['user_id'],
  unique: true,
  rows: [row('a', '1.00', '1', 'kept'), row('b', '2.50', '2', null), row('c', '3.00', '3', 'whole row')],
};
const ROWS: readonly PatchRowSpec[] = [
  { op: 'update', key: ['a'], before: ['1.00', '1'], after: ['10.00', null] },
  { op: 'delete', key: ['c'], before: ['3', '3'] },
  { op: 'insert', key: ['d'], after: ['-4.25', '4'] },
];
export const PATCH: PatchSpec = { keys: [USER], measures: [TOTAL, EVENTS], rows: ROWS };
export const PATCHED: readonly LiveRow[] = [
  row('a', '10.00', null, 'kept'),
  row('b', '2.50', '2', null),
  row('d', '-4.25', '4', null),
];

/** Rows in one order and one spelling of numbers, so that `3` and `3.00` of an untyped file agree. */
export function normal(rows: readonly LiveRow[]): string[] {
  const value = (text: string | null): string | null =>
    text !== null && /^-?\d+\.\d*?0*$/.test(text) ? text.replace(/\.?0+$/, '') : text;
  const sorted = (r: LiveRow): string =>
    JSON.stringify(
      Object.keys(r)
        .sort()
        .map((name) => [name, value(r[name] ?? null)]),
    );
  return rows.map(sorted).sort();
}

/** A fresh table, and a sealed patch over it. */
export async function prepare(
  harness: LiveHarness,
  table: TableSpec = START,
  spec: PatchSpec = PATCH,
): Promise<LiveUnderTest & { readonly patch: SealedPatch }> {
  const live = await harness.create(table);
  return { ...live, patch: sealedPatch(await live.store.describe(), spec) };
}
