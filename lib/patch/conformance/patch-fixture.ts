import { sha256 } from '#lib/base/canonical';
import { Bug } from '#lib/base/failure';
import type { LiveTable } from '#lib/patch/live-store';
import type { LiveColumn, Op, PatchBatch, PatchHeader, SealedPatch, WriteMode } from '#lib/patch/patch';

/** A column of a table that a harness makes. `type` is a DuckDB type, of those in `ColumnType`. */
export type ColumnType = 'VARCHAR' | 'BIGINT' | 'DECIMAL(18,2)' | 'DOUBLE' | 'TIMESTAMP WITH TIME ZONE';
export type ColumnSpec = { readonly name: string; readonly type: ColumnType };
export type LiveRow = Readonly<Record<string, string | null>>;

/** A row of a patch as a test writes it. */
export type PatchRowSpec = {
  readonly op: Op;
  readonly key: readonly string[];
  readonly before?: readonly (string | null)[];
  readonly after?: readonly (string | null)[];
  readonly delta?: readonly (string | null)[];
};

export type PatchSpec = {
  readonly keys: readonly ColumnSpec[];
  readonly measures: readonly (ColumnSpec & { readonly mode?: WriteMode })[];
  readonly rows: readonly PatchRowSpec[];
  /** Two patches of the same content and salt have the same seal. */
  readonly salt?: string;
};

const BATCH_ROWS = 10_000;

/** A sealed patch over a described table, as the stages before would hand it to a live store. */
export function sealedPatch(table: LiveTable, spec: PatchSpec): SealedPatch {
  const header = headerOf(table, spec);
  return {
    header,
    rows: async function* () {
      for (let from = 0; from < spec.rows.length; from += BATCH_ROWS) {
        yield batchOf(spec, spec.rows.slice(from, from + BATCH_ROWS), from);
      }
    },
  };
}

function headerOf(table: LiveTable, spec: PatchSpec): PatchHeader {
  const count = (op: Op): number => spec.rows.filter((row) => row.op === op).length;
  const seal = sha256([spec.salt ?? '', JSON.stringify(table.identity), JSON.stringify(spec.rows)]);
  return {
    recount: 1,
    kind: 'patch',
    id: `patch-${seal.slice(0, 12)}`,
    seal,
    title: null,
    target: table.identity,
    store: 'live',
    table: table.name,
    keys: spec.keys.map((column) => liveColumn(table, column)),
    measures: spec.measures.map((column) => ({
      ...liveColumn(table, column),
      mode: column.mode ?? 'set',
    })),
    counts: { updates: count('update'), inserts: count('insert'), deletes: count('delete') },
    blockedBy: [],
    manifest: [],
    manifestSha256: '0'.repeat(64),
    liveTimezone: 'UTC',
    planSha256: '0'.repeat(64),
    calculation: { name: 'conformance', versions: [1], sha256: '0'.repeat(64) },
    window: { from: '2024-06-10T12:00:00.000000Z', to: '2024-06-10T12:30:00.000000Z', clock: 'time' },
    planFolder: '/',
    archiveAt: 'archive.csv',
    createdAt: '2024-06-11T00:00:00.000000Z',
    author: 'Ann',
  };
}

function liveColumn(table: LiveTable, { name, type }: ColumnSpec): LiveColumn {
  const column = table.columns.find((each) => each.name === name);
  if (column === undefined) throw new Bug(`the table has no column ${name}`);
  return { ...column, type };
}

function batchOf(spec: PatchSpec, rows: readonly PatchRowSpec[], from: number): PatchBatch {
  const values = (pick: (row: PatchRowSpec) => readonly (string | null)[] | undefined): (string | null)[][] =>
    spec.measures.map((_, i) => rows.map((row) => pick(row)?.[i] ?? null));
  return {
    size: rows.length,
    seq: rows.map((_, i) => from + i),
    op: rows.map((row) => row.op),
    keys: spec.keys.map((_, i) => rows.map((row) => row.key[i] ?? '')),
    before: values((row) => row.before),
    after: values((row) => row.after),
    delta: values((row) => row.delta),
  };
}
