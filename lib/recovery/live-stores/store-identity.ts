import { realpath } from 'node:fs/promises';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { UNTOLD } from '#lib/adapters/live/postgres/catalog';
import type { TargetIdentity } from '#lib/patch/patch';
import type { Env } from '#lib/recovery/setup/env';
import { filePlace, type LiveRecord } from '#lib/recovery/setup/live-address';

// One live store may be recorded under several names of its host, accounts or paths. What it is, is the same for all of
// them, and a rule of approval for one holds for every one.

/** The cluster's own identifier and the database; null where the server does not tell it. */
export function clusterIdentity({
  systemIdentifier,
  database,
}: Pick<TargetIdentity & { kind: 'postgres' }, 'systemIdentifier' | 'database'>): string | null {
  return systemIdentifier === UNTOLD ? null : `postgres ${systemIdentifier} ${database}`;
}

/** The file itself, past all links; null where it is not there. */
export async function fileIdentity(env: Env, config: unknown): Promise<string | null> {
  const path = await realpath(filePlace(env, config).full).catch(() => null);
  return path === null ? null : `file ${path}`;
}

/** What the preview in this folder found the live store to be. */
export async function previewedIdentity(env: Env, record: LiveRecord, dir: string): Promise<string | null> {
  if (record.kind === 'file') return fileIdentity(env, record.config);
  const { target } = await readPatchHeader(dir);
  return target.kind === 'postgres' ? clusterIdentity(target) : null;
}
