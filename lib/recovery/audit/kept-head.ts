import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AuditHead } from '#lib/base/audit-head';
import { Failure } from '#lib/base/failure';
import type { Env } from '#lib/recovery/setup/env';

/** Outside the database: whoever can write in the one cannot by that write in the other. */
export const keptHeadPath = ({ dataDir }: Pick<Env, 'dataDir'>): string => join(dataDir, 'audit-head.json');

const Kept = AuditHead.extend({ at: z.string() });
/** The newest line of the audit at the last look that found nothing wrong, and when that was. */
export type Kept = z.output<typeof Kept>;

/** Null where none was kept yet. Throws audit.unreadable for a file that is none. */
export async function readKeptHead(env: Pick<Env, 'dataDir'>): Promise<Kept | null> {
  const path = keptHeadPath(env);
  try {
    return Kept.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new Failure('audit.unreadable', `${path} cannot be read as a head of the audit.`, { cause });
  }
}

/** Replaces the file at once. */
export async function keepHead(env: Pick<Env, 'dataDir'>, kept: Kept): Promise<void> {
  const path = keptHeadPath(env);
  const part = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(part, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
