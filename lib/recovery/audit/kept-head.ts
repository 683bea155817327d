import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ChainBreak } from '#lib/base/audit-chain';
import { AuditHead } from '#lib/base/audit-head';
import { Failure } from '#lib/base/failure';
import type { Witness } from '#lib/recovery/audit/verify-audit';
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

/** The head in the data folder as a witness. A file that cannot be read is no proof, and is told. */
export async function keptWitness(
  env: Pick<Env, 'dataDir'>,
): Promise<{ readonly witness: Witness | null } | { readonly broken: ChainBreak }> {
  try {
    const kept = await readKeptHead(env);
    if (kept === null) return { witness: null };
    const { at: _, ...head } = kept;
    return { witness: { ...head, where: 'The data folder' } };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { broken: { position: 1, kind: 'unreadable', message: `${error.message} ${error.fix}` } };
  }
}

/** The records were replaced by others; a data folder belongs to one database. */
export const otherChain = (env: Pick<Env, 'dataDir'>): ChainBreak => ({
  position: 1,
  kind: 'rewritten',
  message: `${keptHeadPath(env)} is of another chain: the database of the records was replaced.`,
});
