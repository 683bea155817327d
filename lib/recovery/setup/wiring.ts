import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { filesSource } from '#lib/adapters/archive/files/source';
import { openSession } from '#lib/adapters/duckdb/session';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import type { ArchiveSource } from '#lib/archive/archive';
import { Failure } from '#lib/base/failure';
import type { LiveStore } from '#lib/patch/live-store';
import { expandEnv } from '#lib/plan/expand';
import { storeKind } from '#lib/plan/store-text';
import type { Session } from '#lib/replay/session';

// The one place that names adapters. An adapter's code is loaded when it is opened: loading is a good part of a small
// preview's time.

/** A live store as a plan or a patch names it. */
export type LiveStoreAt = {
  /** As written: an address, a path, or `${NAME}`. */
  readonly store: string;
  readonly table: string | null;
  /** The live key, for the store's warnings. */
  readonly keys?: readonly string[];
  /** Relative paths are relative to it. */
  readonly folder: string;
  /** Of live times without an offset. */
  readonly timezone: string;
  readonly types?: ReadonlyMap<string, string>;
};

export type Variables = (name: string) => string | undefined;

/** Opens a plan's live store. Failures: plan.env.missing, plan.field.*, live.*. */
export async function openLiveStore(at: LiveStoreAt, variables: Variables): Promise<LiveStore> {
  const expanded = expandEnv(at.store, variables);
  if (!('text' in expanded)) throw new Failure(expanded.code, expanded.message, { fix: expanded.fix });
  if (storeKind(expanded.text) === 'postgres') {
    if (at.table === null)
      throw new Failure('plan.field.missing', '`live.table` is missing; a database has more than one table.');
    const { postgresStore } = await import('#lib/adapters/live/postgres/postgres-store');
    return postgresStore({
      address: parseAddress(expanded.text),
      table: at.table,
      ...(at.keys ? { keys: at.keys } : {}),
    });
  }
  const { fileStore } = await import('#lib/adapters/live/files/file-store');
  return fileStore({
    path: expanded.text,
    folder: at.folder,
    timezone: at.timezone,
    ...(at.types ? { types: at.types } : {}),
  });
}

/** Opens a plan's archive. `roots`: the only folders that may be read; absent on the command line. */
export const openArchive = (at: string, folder: string, roots?: readonly string[]): ArchiveSource =>
  filesSource({ at, baseDir: folder, ...(roots ? { roots } : {}) });

export type Work = {
  readonly dataDir: string;
  readonly memoryLimit: string;
  readonly threads: number;
  readonly signal?: AbortSignal;
};

/** Folders under the data directory. */
export const stageFolder = (dataDir: string): string => resolve(dataDir, 'staged');
export const scratchFolder = (dataDir: string): string => resolve(dataDir, 'scratch');

/**
 * Opens a DuckDB session that may read and write the staged parts and `folders`, and read the given files. `child`: in
 * a process of its own that can be killed; the command line is such a process already.
 */
export async function openWork(
  work: Work,
  reach: { readonly folders: readonly string[]; readonly files: readonly string[] },
  where: 'here' | 'child',
): Promise<Session> {
  const scratch = scratchFolder(work.dataDir);
  const staged = stageFolder(work.dataDir);
  await mkdir(scratch, { recursive: true });
  await mkdir(staged, { recursive: true });
  const open =
    where === 'child' ? (await import('#lib/adapters/duckdb/child-session')).openChildSession : openSession;
  return open(scratch, {
    folders: [staged, ...reach.folders.map((f) => resolve(f))],
    files: reach.files,
    memoryLimit: work.memoryLimit,
    threads: work.threads,
    ...(work.signal ? { signal: work.signal } : {}),
  });
}

/** SHA-256 of a file's bytes. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
