import { appendFile, open, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { readCsv } from '#lib/adapters/live/files/csv-records';
import type { FileTable, RowEdits, RowHandler } from '#lib/adapters/live/files/file-table';
import { Bug, Failure } from '#lib/base/failure';
import { ident, literal } from '#lib/base/sql';
import type { LiveColumn } from '#lib/patch/patch';
import type { Session } from '#lib/replay/session';

const DESCRIBED = z.object({ column_name: z.string(), column_type: z.string() });
const CODECS = new Set(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'BROTLI', 'LZ4', 'LZ4_RAW']);
const ROW = '@row';

/** A Parquet file as a live table, read and rewritten by DuckDB with the types it has. */
export class ParquetTable implements FileTable {
  readonly product = 'Parquet file';
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  columns(): Promise<readonly LiveColumn[]> {
    return this.#with((session, source) => columnsOf(session, source));
  }

  rowCount(): Promise<number> {
    return this.#with(async (session, source) => {
      const { rows } = await session.one(
        `SELECT count(*)::VARCHAR AS rows FROM ${source}`,
        z.object({ rows: z.string() }),
      );
      return Number(rows);
    });
  }

  scan(columns: readonly string[], onRow: RowHandler): Promise<number> {
    return this.#with(async (session, source) => {
      const texts = path.join(session.scratch, 'rows.csv');
      await exportTexts(session, source, columns, texts);
      let rows = 0;
      await readCsv(texts, {
        header: () => undefined,
        record: (record) => {
          const values = columns.map((_, i) => record.text(i + 1));
          onRow(Number(record.text(0)), values, rows + 1);
          rows += 1;
        },
      });
      return rows;
    });
  }

  exportCsv(columns: readonly string[], to: string): Promise<number> {
    return this.#with(async (session, source) => {
      const types = new Map((await columnsOf(session, source)).map((c) => [c.name, c.type]));
      const list = columns.map(
        (name) => `${textOf(name, typeOf(types, name, this.#file))} AS ${ident(name)}`,
      );
      await session.run(
        `COPY (SELECT ${list.join(', ')} FROM ${source}) TO ${literal(to)} (FORMAT csv, HEADER, FORCE_QUOTE *, NULLSTR '')`,
      );
      return (await session.one(`SELECT count(*)::INTEGER AS n FROM ${source}`, z.object({ n: z.number() })))
        .n;
    });
  }

  async rewrite(edits: RowEdits, to: string): Promise<void> {
    await this.#with(async (session, source) => {
      const columns = await columnsOf(session, source);
      await loadEdits(session, edits, columns);
      if (edits.restoreFrom !== null) await linkAs(session, edits.restoreFrom, 'restore.parquet');
      const codec = await codecOf(session, source);
      await refusable(
        session.run(
          `COPY (SELECT ${columns.map((c) => ident(c.name)).join(', ')} FROM (${rewriteSql(session, source, edits, columns)}) ORDER BY ${ident('@order')})
         TO ${literal(to)} (FORMAT parquet, COMPRESSION ${codec})`,
        ),
      );
      const written = await columnsOf(
        session,
        `read_parquet(${literal(await linkAs(session, to, 'out.parquet'))})`,
      );
      const changed = columns.find((c, i) => written[i]?.name !== c.name || written[i]?.type !== c.type);
      if (changed !== undefined || written.length !== columns.length) {
        throw new Failure(
          'live.not_writable',
          `${this.#file}: column "${changed?.name}" of type ${changed?.type} cannot be written back as it is.`,
        );
      }
    });
    const handle = await open(to, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #with<T>(work: (session: Session, source: string) => Promise<T>): Promise<T> {
    await requireMagic(this.#file);
    const session = await openSession(tmpdir(), { folders: [], files: [], memoryLimit: '1GB', threads: 2 });
    try {
      // a link with a plain name: DuckDB takes a path with brackets or stars as a pattern
      const input = await linkAs(session, this.#file, 'in.parquet');
      return await work(session, `read_parquet(${literal(input)}, file_row_number = true)`);
    } catch (error) {
      if (error instanceof Failure || error instanceof Bug) throw error;
      const words = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
      throw new Failure('live.unreadable', `${this.#file}: ${words}`, { cause: error });
    } finally {
      await session.close();
    }
  }
}

async function linkAs(session: Session, file: string, name: string): Promise<string> {
  const link = path.join(session.scratch, name);
  await symlink(path.resolve(file), link);
  return link;
}

/** DuckDB reads a file whose first four bytes are wrong, and names a cut one oddly: both ends are checked here. */
async function requireMagic(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const ends = Buffer.alloc(8);
    if (size >= 12) {
      await handle.read(ends, 0, 4, 0);
      await handle.read(ends, 4, 4, size - 4);
    }
    if (ends.toString('latin1') !== 'PAR1PAR1') {
      throw new Failure(
        'live.unreadable',
        `${file} is not a whole Parquet file (it must begin and end with PAR1).`,
        {
          fix: 'Get the file again from its source.',
          at: { file },
        },
      );
    }
  } finally {
    await handle.close();
  }
}

async function columnsOf(session: Session, source: string): Promise<LiveColumn[]> {
  const rows = await session.rows(`DESCRIBE SELECT * FROM ${source}`, DESCRIBED);
  return rows
    .filter((row) => row.column_name !== 'file_row_number')
    .map((row) => ({
      name: row.column_name,
      sqlType: row.column_type,
      type: row.column_type,
      nullable: true,
    }));
}

function typeOf(types: ReadonlyMap<string, string>, name: string, file: string): string {
  const type = types.get(name);
  if (type !== undefined) return type;
  throw new Failure(
    'plan.live.column_unknown',
    `${file} has no column "${name}" (it has ${[...types.keys()].join(', ')}).`,
    {
      at: { file },
    },
  );
}

/** A column as text: instants in ISO 8601, with `Z` where the column has a zone; all else as DuckDB writes it. */
function textOf(name: string, type: string): string {
  const column = ident(name);
  if (type === 'TIMESTAMP WITH TIME ZONE') return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
  if (/^TIMESTAMP(_S|_MS)?$/.test(type)) return `strftime(${column}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%f')`;
  return `${column}::VARCHAR`;
}

async function exportTexts(
  session: Session,
  source: string,
  columns: readonly string[],
  to: string,
): Promise<void> {
  const types = new Map((await columnsOf(session, source)).map((c) => [c.name, c.type]));
  const list = columns.map((name) => `, ${textOf(name, typeOf(types, name, 'The file'))}`);
  await session.run(
    `COPY (SELECT file_row_number${list.join('')} FROM ${source}) TO ${literal(to)} (FORMAT csv, HEADER, FORCE_QUOTE *, NULLSTR '')`,
  );
}

/** A new value that its column cannot hold is the file's refusal, not a fault of reading. */
async function refusable(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error) || !/^(Conversion|Out of Range) Error/.test(error.message)) throw error;
    throw new Failure(
      'patch.target_refused',
      `The file cannot hold a new value: ${error.message.split('\n', 1)[0]}`,
      {
        cause: error,
      },
    );
  }
}

/** The codec of the file's first column chunk, so that the new file is packed as the old one was. */
async function codecOf(session: Session, source: string): Promise<string> {
  const file = source.slice(0, source.indexOf(', file_row_number'));
  const found = await session.rows(
    `SELECT compression FROM ${file.replace('read_parquet', 'parquet_metadata')}) LIMIT 1`,
    z.object({ compression: z.string() }),
  );
  const codec = found[0]?.compression.toUpperCase() ?? 'SNAPPY';
  return CODECS.has(codec) ? codec : 'SNAPPY';
}

/** Loads the edits as three tables of text: `edits` (updates), `gone` (deletes), `fresh` (inserts). */
async function loadEdits(session: Session, edits: RowEdits, columns: readonly LiveColumn[]): Promise<void> {
  const updates = [...edits.updates].map(([row, values]) => [String(row), ...values]);
  const inserts = edits.inserts.map((row) =>
    row.kind === 'restored'
      ? [String(row.row)]
      : [null, ...columns.map((c) => row.values.get(c.name) ?? null)],
  );
  await loadTexts(session, 'edits', [ROW, ...edits.measures], updates);
  await loadTexts(
    session,
    'gone',
    [ROW],
    [...edits.deletes].map((row) => [String(row)]),
  );
  await loadTexts(session, 'fresh', [ROW, ...columns.map((c) => c.name)], inserts);
}

async function loadTexts(
  session: Session,
  table: string,
  names: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): Promise<void> {
  const file = path.join(session.scratch, `${table}.csv`);
  await writeFile(file, '', { mode: 0o600 });
  for (let from = 0; from < rows.length; from += 10_000) {
    const lines = rows.slice(from, from + 10_000).map((row, i) => {
      const fields = names.map((_, field) => row[field] ?? null);
      return `"${from + i}",${fields.map((f) => (f === null ? '' : `"${f.replaceAll('"', '""')}"`)).join(',')}\n`;
    });
    await appendFile(file, lines.join(''));
  }
  const columns = ['@n', ...names.map((_, i) => `c${i}`)].map((name) => `${literal(name)}: 'VARCHAR'`);
  const select = names.map((name, i) => `c${i} AS ${ident(name)}`);
  await session.run(
    `CREATE TABLE ${ident(table)} AS SELECT "@n"::BIGINT AS "@n", ${select.join(', ')}
     FROM read_csv(${literal(file)}, columns = {${columns.join(', ')}}, header = false, auto_detect = false, delim = ',',
       quote = '"', escape = '"', new_line = '\\n', allow_quoted_nulls = false, strict_mode = true, parallel = false, max_line_size = 16777216)`,
  );
}

function rewriteSql(
  session: Session,
  source: string,
  edits: RowEdits,
  columns: readonly LiveColumn[],
): string {
  const kept = columns.map((c) => {
    const own = `live.${ident(c.name)}`;
    if (!edits.measures.includes(c.name)) return own;
    return `CASE WHEN e.${ident(ROW)} IS NULL THEN ${own} ELSE e.${ident(c.name)}::${c.type} END AS ${ident(c.name)}`;
  });
  const fresh = columns.map((c) => `${ident(c.name)}::${c.type}`);
  const order = ident('@order');
  const parts = [
    `SELECT ${kept.join(', ')}, live.file_row_number AS ${order}
     FROM ${source} live LEFT JOIN edits e ON e.${ident(ROW)}::BIGINT = live.file_row_number
     WHERE live.file_row_number NOT IN (SELECT ${ident(ROW)}::BIGINT FROM gone)`,
    `SELECT ${fresh.join(', ')}, 1::BIGINT << 60 | "@n" FROM fresh WHERE ${ident(ROW)} IS NULL`,
  ];
  if (edits.restoreFrom !== null) {
    const old = `read_parquet(${literal(path.join(session.scratch, 'restore.parquet'))}, file_row_number = true)`;
    parts.push(`SELECT ${columns.map((c) => `old.${ident(c.name)}`).join(', ')}, 1::BIGINT << 60 | f."@n"
      FROM ${old} old JOIN fresh f ON f.${ident(ROW)}::BIGINT = old.file_row_number`);
  }
  return parts.join(' UNION ALL ');
}
