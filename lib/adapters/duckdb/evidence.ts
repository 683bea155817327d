import { z } from 'zod';
import { count, instantOfText } from '#lib/adapters/duckdb/rows';
import { addDecimal, formatDecimal, parseDecimal } from '#lib/base/decimal';
import { formatInstant } from '#lib/base/instant';
import { literal } from '#lib/base/sql';
import type { CellEvent, ConflictingIds, DiscrepancyColumns } from '#lib/compare/discrepancy';
import type { Session } from '#lib/replay/session';

const MOST = 500;

const Record = z
  .object({
    id: z.string().nullable(),
    time: z.string(),
    arrived: z.string().nullable(),
    file: count,
    line: z.string(),
    in_window: z.boolean(),
    role: z.string(),
    raw: z.string(),
  })
  .catchall(z.string().nullable());
type Row = z.infer<typeof Record>;

/**
 * The archived records behind one discrepancy, of a run's evidence.parquet and in its order: the first 500, and how many
 * there are.
 */
export async function readEvidence(
  session: Session,
  path: string,
  row: number,
  columns: DiscrepancyColumns,
  files: readonly string[],
): Promise<{ events: CellEvent[]; total: number }> {
  const table = `read_parquet(${literal(path)}, file_row_number = true) WHERE row = ${row}`;
  const { n } = await session.one(`SELECT count(*) AS n FROM ${table}`, z.object({ n: count }));
  const inputs = columns.measures.map((_, i) => `x${i}`).join(', ');
  const rows = await session.rows(
    `SELECT id, time::VARCHAR AS time, arrived::VARCHAR AS arrived, file, line::VARCHAR AS line, in_window, role, raw, ${inputs} FROM ${table} ORDER BY file_row_number LIMIT ${MOST}`,
    Record,
  );
  const sums: (string | null)[] = columns.measures.map(() => null);
  return { total: n, events: rows.map((r) => toEvent(r, columns, files, sums)) };
}

function toEvent(
  row: Row,
  columns: DiscrepancyColumns,
  files: readonly string[],
  sums: (string | null)[],
): CellEvent {
  const values = columns.measures.map((_, i) => row[`x${i}`] as string | null);
  if (row.role === 'counted')
    for (const [i, value] of values.entries()) sums[i] = added(sums[i] ?? null, value);
  return {
    id: row.id,
    time: formatInstant(instantOfText(row.time)),
    arrived: row.arrived === null ? null : formatInstant(instantOfText(row.arrived)),
    file: files[row.file] ?? '',
    line: row.line,
    inWindow: row.in_window,
    role: row.role as CellEvent['role'],
    values,
    running: columns.measures.map((m, i) => (m.numeric ? (sums[i] ?? null) : null)),
    raw: rawOf(row.raw),
  };
}

/** A running sum in exact decimals; what is no plain decimal (a float with an exponent) ends it. */
function added(sum: string | null, value: string | null): string | null {
  if (value === null) return sum;
  const [a, b] = [parseDecimal(sum ?? '0'), parseDecimal(value)];
  return a === null || b === null ? null : formatDecimal(addDecimal(a, b));
}

const Copy = z.object({
  id: z.string(),
  file: z.string(),
  line: z.string(),
  arrived: z.string().nullable(),
  counted: z.boolean(),
  record: z.string(),
});

/** The first `ids` ids of a run's conflicts.parquet, each with at most `copies` of its contents. */
export async function readConflicts(
  session: Session,
  path: string,
  most: { readonly ids: number; readonly copies: number },
): Promise<ConflictingIds> {
  const rows = await session.rows(
    `SELECT id, file, line::VARCHAR AS line, arrived, counted, record
      FROM (SELECT *, dense_rank() OVER (ORDER BY id) AS place, row_number() OVER (PARTITION BY id ORDER BY file_row_number) AS copy
        FROM read_parquet(${literal(path)}, file_row_number = true))
      WHERE place <= ${most.ids} AND copy <= ${most.copies} ORDER BY place, copy`,
    Copy,
  );
  const byId = Map.groupBy(rows, ({ id }) => id);
  return {
    ids: [...byId].map(([id, copies]) => ({
      id,
      copies: copies.map(({ id: _, record, ...copy }) => ({ ...copy, record: rawOf(record) })),
    })),
  };
}

const rawOf = (json: string): Record<string, string | null> =>
  z.record(z.string(), z.string().nullable()).parse(JSON.parse(json));
