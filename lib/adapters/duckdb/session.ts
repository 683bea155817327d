import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { ZodType } from 'zod';
import { engineFailure } from '#lib/adapters/duckdb/engine-failure';
import { Bug, Failure } from '#lib/base/failure';
import { listLiteral } from '#lib/base/sql';
import type { Session, SessionOptions } from '#lib/replay/session';

/**
 * Opens a DuckDB database in this process. Its scratch folder is made under `scratchRoot` and removed at close.
 * Configuration order after https://duckdb.org/docs/operations_manual/securing_duckdb: folders first, then no
 * external access, then the lock (`lock()`).
 */
export async function openSession(scratchRoot: string, options: SessionOptions): Promise<Session> {
  // named for this process, so that what a killed one leaves can be told: lib/recovery/operations/sweep-folders.ts
  const scratch = await mkdtemp(join(scratchRoot, `session-${process.pid}-`));
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: options.memoryLimit,
    temp_directory: join(scratch, 'spill'),
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const session = new LocalSession(instance, connection, scratch, options);
  await session.run(`SET TimeZone = 'UTC'; SET enable_progress_bar = true; SET enable_progress_bar_print = false;
    SET ieee_floating_point_ops = false;`);
  return session;
}

class LocalSession implements Session {
  readonly scratch: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #options: SessionOptions;
  #closed = false;
  readonly #onAbort = (): void => this.#connection.interrupt();

  constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    scratch: string,
    options: SessionOptions,
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.scratch = scratch;
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort);
  }

  async run(sql: string): Promise<void> {
    await this.#guarded(() => this.#connection.run(sql));
  }

  async rows<T>(sql: string, row: ZodType<T>): Promise<T[]> {
    const reader = await this.#guarded(() => this.#connection.runAndReadAll(sql));
    return reader.getRowObjectsJson().map((r) => row.parse(r));
  }

  async one<T>(sql: string, row: ZodType<T>): Promise<T> {
    const [first, ...rest] = await this.rows(sql, row);
    if (first === undefined || rest.length > 0)
      throw new Bug(`expected one row, got ${rest.length + (first ? 1 : 0)}`);
    return first;
  }

  async lock(): Promise<void> {
    const { folders, files } = this.#options;
    await this.run(`SET allowed_directories = ${listLiteral([this.scratch, ...folders])};
      SET allowed_paths = ${listLiteral(files)};
      SET enable_external_access = false; SET lock_configuration = true;`);
  }

  progress(): Promise<number | null> {
    const { percentage } = this.#connection.progress;
    return Promise.resolve(percentage >= 0 ? percentage : null);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#connection.interrupt();
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.scratch, { recursive: true, force: true });
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    const cancelled = (): Failure => new Failure('run.cancelled', 'The run was cancelled.');
    if (this.#options.signal?.aborted) throw cancelled();
    try {
      return await work();
    } catch (error) {
      if (this.#options.signal?.aborted) throw cancelled();
      throw engineFailure(error) ?? error;
    }
  }
}
