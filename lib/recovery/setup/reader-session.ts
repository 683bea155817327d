import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ZodType } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import type { Env } from '#lib/recovery/setup/env';
import type { Session } from '#lib/replay/session';

// Next may load this module several times in one process: the session is kept beside it.
declare global {
  var recountReader: Promise<Session> | undefined;
}

/**
 * The web process's own DuckDB session: it reads the files of runs, patches and surveys and nothing else, runs no user's
 * expression, and stays open, since opening one costs more than most questions. One question at a time.
 */
export function readerSession(env: Env): Promise<Session> {
  globalThis.recountReader ??= open(env).catch((error: unknown) => {
    globalThis.recountReader = undefined;
    throw error;
  });
  return globalThis.recountReader;
}

/** Before a command ends. */
export async function closeReader(): Promise<void> {
  await (await globalThis.recountReader)?.close();
  globalThis.recountReader = undefined;
}

async function open(env: Env): Promise<Session> {
  const scratch = join(env.dataDir, 'scratch');
  await mkdir(scratch, { recursive: true });
  const folders = ['runs', 'patches', 'surveys'].map((name) => join(env.dataDir, name));
  const session = await openSession(scratch, {
    folders,
    files: [],
    memoryLimit: '512MB',
    threads: env.threads,
  });
  await session.lock();
  return new QueuedSession(session);
}

/** Lets questions of several requests wait for each other: a DuckDB connection runs one statement at a time. */
class QueuedSession implements Session {
  readonly #inner: Session;
  #last: Promise<unknown> = Promise.resolve();

  constructor(inner: Session) {
    this.#inner = inner;
  }

  get scratch(): string {
    return this.#inner.scratch;
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => undefined);
    return next;
  }

  run(sql: string): Promise<void> {
    return this.#queue(() => this.#inner.run(sql));
  }

  rows<T>(sql: string, row: ZodType<T>): Promise<T[]> {
    return this.#queue(() => this.#inner.rows(sql, row));
  }

  one<T>(sql: string, row: ZodType<T>): Promise<T> {
    return this.#queue(() => this.#inner.one(sql, row));
  }

  lock(): Promise<void> {
    return this.#queue(() => this.#inner.lock());
  }

  progress(): Promise<number | null> {
    return this.#inner.progress();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
