import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { dumpTables, type RecordsDump } from '#lib/adapters/backup/tables';
import { tarEnd, tarHeader, tarPadding } from '#lib/adapters/backup/tar';
import { isCode } from '#lib/adapters/lock/lock-file';
import { keyId } from '#lib/adapters/secrets/secret-box';
import { readKeys } from '#lib/adapters/secrets/secret-keys';
import { writeAudit } from '#lib/adapters/store/audit';
import { closeStore, openStore } from '#lib/adapters/store/client';
import { withKeyHeld } from '#lib/adapters/store/sealed-values';
import { Failure } from '#lib/base/failure';
import { shellActor } from '#lib/recovery/access/actor';
import {
  type BackupManifest,
  DATA,
  FORM,
  isKept,
  KEY,
  MANIFEST,
  RECORDS,
} from '#lib/recovery/operations/backup-manifest';
import { sayingFull } from '#lib/recovery/operations/disk-room';
import type { Env } from '#lib/recovery/setup/env';
import { isoOf } from '#lib/recovery/setup/iso';

export type BackedUp = { readonly file: string; readonly bytes: number; readonly files: number };

type Given = {
  readonly databaseUrl: string;
  readonly schemaFile: string;
  readonly out: string;
  /** Puts the key in too: whoever has the backup then has the passwords of the live stores. */
  readonly withKey: boolean;
};

/**
 * Writes Recount's own records and files into one tar.gz that only its owner may read, while Recount runs: the records as
 * they were at one moment, then the files that they name, which never change. The file is there whole, or not at all.
 * Failures: command.invalid (the file exists already or lies in the data folder, there is no data folder, a rotation of the
 * key has not ended),
 * disk.full.
 */
export async function backUp(env: Env, given: Given): Promise<BackedUp> {
  const file = resolve(given.out);
  // two that write the same file at once do not write into each other
  const part = `${file}.${process.pid}.part`;
  await requirePlace(file, env.dataDir);
  const scratch = join(env.dataDir, 'scratch');
  await mkdir(scratch, { recursive: true });
  const folder = await mkdtemp(join(scratch, `session-${process.pid}-`));
  try {
    await tell(given);
    const dumped = await sayingFull(env.dataDir, () => dump(env, given, folder));
    const { bytes, files } = await sayingFull(dirname(file), () => pack(env, dumped, folder, part));
    await rename(part, file);
    return { file, bytes, files };
  } finally {
    await rm(part, { force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

type Dumped = { readonly records: RecordsDump; readonly key: Buffer; readonly withKey: boolean };

/** The records, and the one key that opens what is sealed in them. */
function dump(env: Env, { databaseUrl, schemaFile, withKey }: Given, folder: string): Promise<Dumped> {
  return withKeyHeld(databaseUrl, async () => {
    const { current, next } = readKeys(env);
    if (next !== null)
      throw new Failure(
        'command.invalid',
        'A rotation of the key has not come to its end: no one key opens this backup.',
        {
          fix: 'End it with `npm run -s recount -- secrets rotate`, then with a key in the environment put the new one into RECOUNT_SECRET_KEY, and back up again.',
        },
      );
    return { records: await dumpTables(databaseUrl, schemaFile, folder), key: current, withKey };
  });
}

async function pack(
  { dataDir }: Env,
  { records, key, withKey }: Dumped,
  folder: string,
  part: string,
): Promise<{ bytes: number; files: number }> {
  const out = new Archive(part);
  for (const { name } of records.tables) await out.addFile(`${RECORDS}/${name}`, join(folder, name));
  for await (const path of filesIn(dataDir, '')) await out.addFile(`${DATA}/${path}`, join(dataDir, path));
  if (withKey) await out.addBytes(KEY, key);
  const manifest: BackupManifest = {
    recount_backup: FORM,
    madeAt: isoOf(new Date()),
    dataDir,
    records,
    key: { id: keyId(key), isInside: withKey },
    files: out.files,
  };
  const files = out.files.length;
  await out.addBytes(MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
  return { bytes: await out.end(), files };
}

/** Stands in the backup too. */
async function tell({ databaseUrl, withKey }: Given): Promise<void> {
  const store = openStore(databaseUrl);
  try {
    const entry = { actor: shellActor(), action: 'backup.make', subject: 'data folder', detail: { withKey } };
    await store.$transaction((tx) => writeAudit(tx, entry));
  } finally {
    await closeStore(store);
  }
}

/** A backup in the data folder would be in the next one; one without its data folder would lack every file. */
async function requirePlace(file: string, dataDir: string): Promise<void> {
  if (!existsSync(dataDir))
    throw new Failure('command.invalid', `There is no data folder ${dataDir}.`, {
      fix: 'Set RECOUNT_DATA_DIR to the folder that Recount runs on.',
    });
  if (file.startsWith(resolve(dataDir) + sep))
    throw new Failure('command.invalid', `${file} lies in the data folder.`, {
      fix: 'Name a file outside of it, best on another disk.',
    });
  const names = await readdir(dirname(file)).catch((cause: unknown) => {
    throw new Failure('command.invalid', `The folder of ${file} cannot be written into.`, { cause });
  });
  if (names.includes(basename(file)))
    throw new Failure('command.invalid', `${file} is there already.`, { fix: 'Name a new file.' });
}

/** Files below a folder, by their paths in it. No link is followed. */
async function* filesIn(base: string, under: string): AsyncGenerator<string> {
  const entries = await readdir(join(base, under), { withFileTypes: true }).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return []; // removed meanwhile
    throw error;
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (!isKept(path)) continue;
    if (entry.isDirectory()) yield* filesIn(base, path);
    else if (entry.isFile()) yield path;
  }
}

/** A tar.gz that is written file by file. */
class Archive {
  readonly files: BackupManifest['files'] = [];
  readonly #gzip = createGzip({ level: 6 });
  readonly #out: WriteStream;
  #failure: Error | null = null;

  constructor(file: string) {
    this.#out = createWriteStream(file, { mode: 0o600, flags: 'w' });
    for (const stream of [this.#gzip, this.#out])
      stream.on('error', (error: Error) => {
        this.#failure ??= error;
        this.#gzip.destroy();
      });
    this.#gzip.pipe(this.#out);
  }

  /** Nothing where the file is gone meanwhile. */
  async addFile(name: string, path: string): Promise<void> {
    let handle: FileHandle;
    try {
      handle = await open(path);
    } catch (error) {
      if (isCode(error, 'ENOENT')) return;
      throw error;
    }
    try {
      const { size, mtimeMs } = await handle.stat();
      await this.#add(name, size, mtimeMs / 1_000, bytesOf(handle, size, path));
    } finally {
      await handle.close();
    }
  }

  async addBytes(name: string, bytes: Buffer): Promise<void> {
    await this.#add(name, bytes.length, 0, [bytes]);
  }

  async #add(
    name: string,
    bytes: number,
    mtimeS: number,
    body: Iterable<Buffer> | AsyncIterable<Buffer>,
  ): Promise<void> {
    const hash = createHash('sha256');
    await this.#write(tarHeader(name, bytes, mtimeS));
    for await (const part of body) {
      hash.update(part);
      await this.#write(part);
    }
    await this.#write(tarPadding(bytes));
    this.files.push({ path: name, bytes, sha256: hash.digest('hex') });
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#gzip.write(bytes)) return;
    // whichever comes first, the listener of the other goes with it
    const waiting = new AbortController();
    const { signal } = waiting;
    const either = [once(this.#gzip, 'drain', { signal }), once(this.#gzip, 'close', { signal })];
    await Promise.race(either).finally(() => waiting.abort());
  }

  /** Answers how many bytes the file has. */
  async end(): Promise<number> {
    this.#gzip.end(tarEnd());
    await finished(this.#out).catch((error: unknown) => {
      throw this.#failure ?? error;
    });
    return this.#out.bytesWritten;
  }
}

const PIECE = 1024 * 1024;

/** Exactly so many bytes of a file: what is written behind them meanwhile is of a later moment. */
async function* bytesOf(handle: FileHandle, size: number, path: string): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(PIECE, size - at)), {
      position: at,
    });
    if (bytesRead === 0)
      throw new Failure('server.fault', `${path} became shorter while it was backed up.`, {
        fix: 'Back up again.',
      });
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
