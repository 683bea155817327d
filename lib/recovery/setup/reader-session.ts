import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ZodType } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import type { Env } from '#lib/recovery/setup/env';
import type { Session } from '#lib/replay/session';

// Next may load this module several times in one process: the session is kept beside it.
declare global {
  var recountReaders: Map<string, Promise<Session>> | undefined;
}

const readers = (): Map<string, Promise<Session>> => {
  globalThis.recountReaders ??= new Map();
  return globalThis.recountReaders;
};

/**
 * The web process's own DuckDB session: it reads the files of runs, patches and surveys and nothing else, runs no user's
 * expression, and stays open, since opening one costs more than most questions. One question at a time. A session for each
 * data folder: it may read no other.
 */
export function readerSession(env: Env): Promise<Session> {
  const open = readers().get(env.dataDir);
  if (open !== undefined) return open;
  const opening = openReader(env).catch((error: unknown) => {
    readers().delete(env.dataDir);
    throw error;
  });
  readers().set(env.dataDir, opening);
  return opening;
}

/** Closes them, before a command ends. */
export async function closeReader(): Promise<void> {
  const all = [...readers().values()];
  readers().clear();
  for (const reader of all) await (await reader).close();
}

async function openReader(env: Env): Promise<Session> {
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
