import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { loadTables, requireEmptyDatabase } from '#lib/adapters/backup/tables';
import { damaged, readTar, type TarEntry } from '#lib/adapters/backup/tar';
import { isCode } from '#lib/adapters/lock/lock-file';
import { migrate, migrationsIn } from '#lib/adapters/store/migrate';
import { Failure } from '#lib/base/failure';
import {
  BackupManifest,
  DATA,
  FORM,
  isKept,
  KEY,
  MANIFEST,
  RECORDS,
  UNFINISHED,
} from '#lib/recovery/operations/backup-manifest';
import { isDiskFull, sayingFull } from '#lib/recovery/operations/disk-room';
import { movePaths } from '#lib/recovery/operations/move-paths';
import { type RestoredAccess, settleRestored } from '#lib/recovery/operations/restored-access';
import { relativePath } from '#lib/recovery/setup/places';

export type Restored = {
  readonly dataDir: string;
  readonly madeAt: string;
  readonly files: number;
  /** Null: the key lies in the backup, or the one that is given opens it. Else which one it needs. */
  readonly needsKey: string | null;
  readonly access: RestoredAccess;
};

type Given = {
  readonly from: string;
  /** Empty, or not there. */
  readonly dataDir: string;
  readonly migrationsFolder: string;
  /** The key that a start would read apart from the data folder, and where it is; null: there is none. */
  readonly givenKey: { readonly id: string; readonly where: string } | null;
  /** Opens the empty database; called once the whole backup was read and found as it was written. */
  readonly database: () => Promise<string>;
};

/**
 * Brings a backup back into an empty data folder and an empty database, brought up to date. Failures: backup.damaged,
 * backup.newer, restore.not_empty, restore.wrong_key, disk.full; then nothing is left behind. Where the database itself fails,
 * the folder stays marked as unfinished.
 */
export async function restoreBackup(given: Given): Promise<Restored> {
  const { from, dataDir, migrationsFolder, givenKey, database } = given;
  await requireEmptyFolder(dataDir);
  const unfinished = join(dataDir, UNFINISHED);
  let manifest: BackupManifest;
  try {
    await mkdir(join(unfinished, RECORDS), { recursive: true, mode: 0o700 });
    manifest = await sayingFull(dataDir, () => unpack(from, dataDir));
    requireFit(manifest, given);
    await movePaths(dataDir, manifest.dataDir);
  } catch (error) {
    for (const name of await readdir(dataDir))
      await rm(join(dataDir, name), { recursive: true, force: true });
    throw error;
  }
  const url = await database();
  await requireEmptyDatabase(url);
  await migrate(url, migrationsFolder, manifest.records.migrations);
  await loadTables(url, manifest.records, join(unfinished, RECORDS), async (client) => {
    for (const table of ['survey', 'run', 'patch'])
      await client.query(
        `update ${table} set dir = $2 || substr(dir, length($1) + 1) where starts_with(dir, $1 || '/')`,
        [manifest.dataDir, dataDir],
      );
  });
  await migrate(url, migrationsFolder);
  const access = await settleRestored(url, manifest);
  await rm(unfinished, { recursive: true });
  const { madeAt, key, files } = manifest;
  const needsKey = key.isInside || givenKey !== null ? null : key.id;
  return { dataDir, madeAt, files: files.length, needsKey, access };
}

/** Whether this Recount, with this key, can go on with what the backup holds. */
function requireFit({ records, key }: BackupManifest, { migrationsFolder, givenKey }: Given): void {
  const known = migrationsIn(migrationsFolder);
  const newer = records.migrations.find((name) => !known.includes(name));
  if (newer !== undefined)
    throw new Failure('backup.newer', `The backup has the migration ${newer}, which is unknown here.`);
  if (givenKey !== null && givenKey.id !== key.id)
    throw new Failure(
      'restore.wrong_key',
      `The passwords in the backup were sealed with the key ${key.id}; ${givenKey.where} holds the key ${givenKey.id}.`,
    );
}

async function requireEmptyFolder(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return [];
    throw new Failure('restore.not_empty', `${dataDir} is no folder to restore into.`, { cause: error });
  });
  if (names.length > 0)
    throw new Failure('restore.not_empty', `${dataDir} is not empty: it holds ${JSON.stringify(names[0])}.`);
}

/** Writes the files of the backup to their places and looks at each. */
async function unpack(from: string, dataDir: string): Promise<BackupManifest> {
  const found = new Map<string, { bytes: number; sha256: string }>();
  let manifest: BackupManifest | null = null;
  const file = createReadStream(from);
  const gunzip = createGunzip();
  const flow = pipeline(file, gunzip).catch((error: unknown) => gunzip.destroy(asError(error)));
  try {
    for await (const entry of readTar(gunzip)) {
      if (manifest !== null) throw damaged('something stands behind its manifest');
      if (entry.name === MANIFEST) {
        manifest = parseManifest(await textOf(entry));
        continue;
      }
      if (found.has(entry.name)) throw damaged(`it holds ${JSON.stringify(entry.name)} twice`);
      const sha256 = await write(entry, placeOf(entry.name, dataDir));
      found.set(entry.name, { bytes: entry.bytes, sha256 });
    }
  } catch (cause) {
    if (cause instanceof Failure || isDiskFull(cause)) throw cause;
    throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    // where it stopped half-way, nobody takes what is still to come
    file.destroy();
    gunzip.destroy();
    await flow;
  }
  if (manifest === null) throw damaged('it breaks off before its manifest');
  for (const { path, bytes, sha256 } of manifest.files) {
    const got = found.get(path);
    if (got?.bytes !== bytes || got.sha256 !== sha256) throw damaged(`${path} is not as it was written`);
    found.delete(path);
  }
  const [extra] = found.keys();
  if (extra !== undefined) throw damaged(`its manifest does not name ${JSON.stringify(extra)}`);
  return manifest;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

async function textOf({ body }: TarEntry): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

const Form = z.object({ recount_backup: z.number() });

function parseManifest(text: string): BackupManifest {
  try {
    const value: unknown = JSON.parse(text);
    const form = Form.safeParse(value).data?.recount_backup ?? FORM;
    if (form > FORM)
      throw new Failure('backup.newer', `The backup has the form ${form}; up to ${FORM} is known here.`);
    return BackupManifest.parse(value);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw damaged('its manifest is none of this version', cause);
  }
}

/** Where a file of the backup goes: nothing leads out of the data folder, or to where a backup has nothing. */
function placeOf(name: string, dataDir: string): string {
  if (name === KEY) return join(dataDir, KEY);
  const [top, ...rest] = name.split('/');
  const path = rest.join('/');
  const isPlain = path !== '' && relativePath(path) === path;
  if (isPlain && top === RECORDS && /^\w+$/.test(path)) return join(dataDir, UNFINISHED, RECORDS, path);
  if (isPlain && top === DATA && isKept(path)) return join(dataDir, path);
  throw damaged(`it holds ${JSON.stringify(name)}, which is no file of a backup`);
}

async function write({ body }: TarEntry, place: string): Promise<string> {
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  const out = createWriteStream(place, { flags: 'wx', mode: 0o600 });
  const hash = createHash('sha256');
  await pipeline(
    body,
    async function* (parts) {
      for await (const part of parts) {
        hash.update(part);
        yield part;
      }
    },
    out,
  );
  return hash.digest('hex');
}
