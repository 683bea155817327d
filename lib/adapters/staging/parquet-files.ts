import { z } from 'zod';
import { headOf } from '#lib/adapters/staging/decompress';
import { type OpenedInput, type Reach, reachable } from '#lib/adapters/staging/staging';
import { Failure } from '#lib/base/failure';
import { listLiteral, literal } from '#lib/base/sql';

/** What a Parquet file's footer says, and where the session reads the file. */
export type ParquetFacts = {
  readonly path: string;
  readonly rows: number;
  /** Top-level columns with their DuckDB types; `NESTED` where it is a list, struct or map. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
};

/** What of an opened file the footer's reading needs. */
export type ParquetInput = Pick<OpenedInput, 'listed' | 'real'>;

export const NESTED = 'NESTED';
const ROWS_PER_BYTE = 10_000;

/** Magic numbers at both ends and the footer's length. Failures: archive.unreadable, archive.format. */
export async function checkParquet(real: string, shown: string, bytes: bigint): Promise<void> {
  const broken = (what: string): Failure =>
    new Failure('archive.unreadable', `${shown} is no whole Parquet file: ${what}. Nothing of it was used.`, {
      at: { file: shown },
    });
  if (bytes < 12n) throw broken('it is too short');
  const head = (await headOf(real, 4)).toString('latin1');
  const tail = await headOf(real, 8, Number(bytes) - 8);
  const end = tail.subarray(4).toString('latin1');
  if (head === 'PARE' || end === 'PARE')
    throw new Failure('archive.format', `${shown} is encrypted Parquet, which is not read.`, {
      at: { file: shown },
    });
  if (head !== 'PAR1') throw broken('it does not begin with PAR1');
  if (end !== 'PAR1') throw broken('it does not end with PAR1, so it was cut off');
  if (BigInt(tail.readUInt32LE(0)) > bytes - 12n) throw broken('its footer is longer than the file');
}

const SCHEMA_ROW = z.object({
  file_name: z.string(),
  name: z.string(),
  repetition_type: z.string().nullable(),
  num_children: z.coerce.number().nullable(),
  duckdb_type: z.string().nullable(),
});
type SchemaRow = z.infer<typeof SCHEMA_ROW>;

/** Reads the footers of Parquet files. Failures: archive.unreadable, archive.limit. */
export async function parquetFacts(
  reach: Reach,
  inputs: readonly ParquetInput[],
): Promise<Map<string, ParquetFacts>> {
  const paths = new Map<string, string>();
  const reached = await reachable(
    reach,
    inputs.map((i) => i.real),
    '.parquet',
  );
  for (const [i, input] of inputs.entries()) paths.set(input.listed.path, reached[i] ?? '');
  const facts = new Map<string, ParquetFacts>();
  if (inputs.length === 0) return facts;
  const { rows, schema } = await footers(reach, inputs, paths);
  for (const input of inputs) {
    const path = paths.get(input.listed.path) ?? '';
    const count = rows.get(path) ?? 0;
    if (count > ROWS_PER_BYTE * Number(input.listed.bytes))
      throw new Failure(
        'archive.limit',
        `${input.listed.path}: the footer claims ${count} rows, which a file of ${input.listed.bytes} bytes cannot hold.`,
        { at: { file: input.listed.path } },
      );
    facts.set(input.listed.path, { path, rows: count, columns: topColumns(schema.get(path) ?? []) });
  }
  return facts;
}

async function footers(
  reach: Reach,
  inputs: readonly ParquetInput[],
  paths: ReadonlyMap<string, string>,
): Promise<{ rows: Map<string, number>; schema: Map<string, SchemaRow[]> }> {
  const list = listLiteral([...paths.values()]);
  try {
    const counts = await reach.session.rows(
      `SELECT file_name, num_rows FROM parquet_file_metadata(${list})`,
      z.object({ file_name: z.string(), num_rows: z.coerce.number() }),
    );
    const rows = await reach.session.rows(
      `SELECT file_name, name, repetition_type, num_children, duckdb_type FROM parquet_schema(${list})`,
      SCHEMA_ROW,
    );
    return {
      rows: new Map(counts.map((c) => [c.file_name, c.num_rows])),
      schema: Map.groupBy(rows, (r) => r.file_name),
    };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw await whichIsBroken(reach, inputs, paths, error);
  }
}

/** DuckDB names its own path of the file: finds the file, and names it as it is listed. */
async function whichIsBroken(
  reach: Reach,
  inputs: readonly ParquetInput[],
  paths: ReadonlyMap<string, string>,
  cause: unknown,
): Promise<unknown> {
  for (const input of inputs) {
    const { path } = input.listed;
    try {
      await reach.session.run(`SELECT count(*) FROM parquet_schema(${literal(paths.get(path) ?? '')})`);
    } catch (error) {
      const words = String(error)
        .split('\n', 1)[0]
        ?.replaceAll(paths.get(path) ?? '', path);
      return new Failure('archive.unreadable', `${path} is no readable Parquet file: ${words}`, {
        at: { file: path },
        cause: error,
      });
    }
  }
  return cause;
}

/** The rows of a schema are a tree in depth-first order: a node, then its children. */
function topColumns(rows: readonly SchemaRow[]): ParquetFacts['columns'] {
  const columns: { name: string; type: string }[] = [];
  let i = 1;
  const skip = (): void => {
    const children = rows[i]?.num_children ?? 0;
    i++;
    for (let c = 0; c < children; c++) skip();
  };
  while (i < rows.length) {
    const row = rows[i] as SchemaRow;
    const leaf = (row.num_children ?? 0) === 0 && row.repetition_type !== 'REPEATED';
    columns.push({ name: row.name, type: leaf ? (row.duckdb_type ?? NESTED) : NESTED });
    skip();
  }
  return columns;
}
