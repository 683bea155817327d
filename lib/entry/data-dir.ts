import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '#lib/base/failure';
import { UNFINISHED } from '#lib/recovery/operations/backup-manifest';

/**
 * Makes the data folder. Archived events and keys lie in it, so others may not look into it; started by root,
 * they may pass through, because PostgreSQL runs as another account below it. Throws `restore.unfinished`.
 */
export function makeDataDir(dataDir: string): void {
  refuseUnfinished(dataDir);
  if (existsSync(dataDir)) return;
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
}

/** Throws `restore.unfinished` where a restore into this data folder was broken off. */
export function refuseUnfinished(dataDir: string): void {
  if (existsSync(path.join(dataDir, UNFINISHED)))
    throw new Failure('restore.unfinished', `A restore into ${dataDir} did not come to its end.`);
}
