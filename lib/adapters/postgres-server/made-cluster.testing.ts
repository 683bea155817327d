import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbedded } from '#lib/adapters/postgres-server/embedded';

const MADE = 'RECOUNT_TEST_CLUSTER';

/**
 * Vitest's global setup of the integration tests: makes one empty cluster, which each test copies instead of running initdb,
 * much of the work of a short test file. The copies share a system identifier, as restored servers do. The answer removes it.
 */
export default async function makeCluster(): Promise<() => void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'recount-pg-made-'));
  await (await startEmbedded(dir, ['-c', 'fsync=off'])).stop();
  rmSync(path.join(dir, 'port'));
  process.env[MADE] = dir;
  return () => rmSync(dir, { recursive: true, force: true });
}

/** Copies the made cluster into `dir`, owners and modes too, where there is one; without it the first start runs initdb. */
export function copyMadeCluster(dir: string): void {
  const made = process.env[MADE];
  if (made === undefined || !existsSync(made) || process.platform === 'win32') return;
  const copied = spawnSync('cp', ['-a', `${made}/.`, dir]);
  if (copied.status !== 0) throw new Error(`cp: ${copied.stderr}`);
}
