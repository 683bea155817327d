import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';
import type { Context } from '#lib/recovery/setup/context';
import type { Env } from '#lib/recovery/setup/env';
import { sampleFolder } from '#lib/recovery/setup/places';
import { generatePoints } from '#samples/points/generate';
import { loadPoints } from '#samples/points/load';

/** As many as the page can show in a moment, and the same rows everywhere. */
const SAMPLE = { events: 200_000, seed: 1 } as const;

/** Makes the sample's archive and live rows in the data folder, once. A half-made one never has the name. */
export async function ensureSampleFiles(env: Env): Promise<void> {
  const dir = sampleFolder(env);
  if (existsSync(dir)) return;
  const part = `${dir}.part-${process.pid}`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  try {
    await generatePoints(part, SAMPLE);
    await rename(part, dir);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    // another process was faster: its files are the same
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST')) throw error;
  }
}

/** Puts the rows that the faulty worker left into the sample's table. Answers how many. Failure live.unreachable. */
export async function loadSampleRows({ env }: Context): Promise<number> {
  if (env.sampleDatabaseUrl === null) {
    throw new Failure('live.unreachable', "There is no database for the sample's live table.", {
      fix: 'Start Recount with its own PostgreSQL, or set RECOUNT_SAMPLE_DATABASE_URL.',
    });
  }
  try {
    const { rows } = await loadPoints(env.sampleDatabaseUrl, path.join(sampleFolder(env), 'live.csv'));
    return rows;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('live.unreachable', `The sample's live table cannot be written: ${words}`, { cause });
  }
}
