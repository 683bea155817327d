import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from '#lib/adapters/lock/lock-file';
import { metricsText } from '#lib/adapters/metrics/metrics';
import type { Env } from '#lib/recovery/setup/env';

const placeOf = ({ dataDir }: Pick<Env, 'dataDir'>): string => join(dataDir, 'worker-metrics.txt');
/** Older than this they are of a worker that is gone. */
const FRESH_MS = 60_000;

/** The worker answers no requests: it leaves its numbers where the pages find them. Never throws. */
export async function leaveMetrics(env: Pick<Env, 'dataDir'>): Promise<void> {
  const place = placeOf(env);
  try {
    await writeFile(`${place}.part`, await metricsText(), { mode: 0o600 });
    await rename(`${place}.part`, place);
  } catch (error) {
    console.error(`its numbers are not kept: ${error instanceof Error ? error.message : error}`);
  }
}

/** What the worker left lately; null where there is none. */
export async function findMetrics(env: Pick<Env, 'dataDir'>): Promise<string | null> {
  try {
    const { mtimeMs } = await stat(placeOf(env));
    return Date.now() - mtimeMs > FRESH_MS ? null : await readFile(placeOf(env), 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}
