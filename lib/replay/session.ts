import type { ZodType } from 'zod';

/**
 * Port: one isolated DuckDB database, in this process or in a child that can be killed. Values come back as
 * JSON: numbers of 64 bits and more, decimals and times as text, DOUBLE as number.
 */
export interface Session {
  /** Runs statements, one after the other. Failures: engine.crashed, engine.memory, disk.full; else the DuckDB error. */
  run(sql: string): Promise<void>;
  /** The rows of one SELECT, each parsed by `row`. For few rows only: bulk stays in DuckDB and in files. */
  rows<T>(sql: string, row: ZodType<T>): Promise<T[]>;
  /** The one row of a SELECT. */
  one<T>(sql: string, row: ZodType<T>): Promise<T>;
  /** Turns outside access off and locks the configuration; only the paths given at opening stay readable. */
  lock(): Promise<void>;
  /** A folder of this session's own: scratch files, removed at close. */
  readonly scratch: string;
  /** Percentage of the running statement, or null. */
  progress(): Promise<number | null>;
  /** Ends it, whatever it is doing. */
  close(): Promise<void>;
}

export type SessionOptions = {
  /** Folders that it may read and write besides its scratch folder. */
  readonly folders: readonly string[];
  /** Single files that it may read. */
  readonly files: readonly string[];
  readonly memoryLimit: string;
  readonly threads: number;
  readonly signal?: AbortSignal;
};
