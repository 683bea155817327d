import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ident, literal } from '#lib/base/sql';
import { type ArchiveFile, archiveText } from '#lib/compare/oracle/archive-text.testing';

/** Writes the files of random archives; Parquet through a DuckDB of its own. */
export class ArchiveWriter {
  readonly #connection: Promise<DuckDBConnection>;

  constructor() {
    this.#connection = DuckDBInstance.create(':memory:', { threads: '1' }).then((i) => i.connect());
  }

  async write(folder: string, files: readonly ArchiveFile[]): Promise<void> {
    for (const file of files) {
      const path = join(folder, file.path);
      mkdirSync(dirname(path), { recursive: true });
      if (file.form === 'parquet') await this.#parquet(file, path);
      else writeFileSync(path, compressed(archiveText(file), file.compression));
    }
  }

  async close(): Promise<void> {
    (await this.#connection).closeSync();
  }

  async #parquet({ columns, rows }: ArchiveFile, path: string): Promise<void> {
    const typed = columns.map((c, i) => `CAST(v[${i + 1}] AS ${c.sql}) AS ${ident(c.name)}`);
    const values = rows.map((row) => `(CAST([${row.map(value).join(', ')}] AS VARCHAR[]))`);
    const from =
      values.length > 0 ? `(VALUES ${values.join(', ')}) t(v)` : '(SELECT NULL::VARCHAR[] AS v) WHERE false';
    await (await this.#connection).run(
      `SET TimeZone = 'UTC'; COPY (SELECT ${typed.join(', ')} FROM ${from}) TO ${literal(path)} (FORMAT parquet)`,
    );
  }
}

const value = (text: string | null): string => (text === null ? 'NULL' : literal(text));

function compressed(text: string, how: ArchiveFile['compression']): Uint8Array {
  const bytes = Buffer.from(text);
  if (how === 'none') return bytes;
  return how === 'gzip' ? gzipSync(bytes) : zstdCompressSync(bytes);
}
