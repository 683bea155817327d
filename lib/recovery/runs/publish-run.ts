import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';

/**
 * Moves a finished run's files from `part` into `dir`, replacing those of an earlier run there. `patch.json` goes first
 * and comes last: whenever it is there, it and all files beside it are of one run.
 */
export async function publishRun(part: string, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await rm(join(dir, RUN_FILES.patch), { force: true });
  // Not every preview writes these: those of an earlier one would tell of another plan.
  for (const name of ['control', 'controlTyped', 'conflicts', 'conflictsTyped'] as const)
    await rm(join(dir, RUN_FILES[name]), { force: true });
  const names = await readdir(part);
  for (const name of names.filter((n) => n !== RUN_FILES.patch))
    await move(join(part, name), join(dir, name));
  await move(join(part, RUN_FILES.patch), join(dir, RUN_FILES.patch));
  await rm(part, { recursive: true, force: true });
}

/** A rename where both are on one disk, else a copy beside it and a rename. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await cp(from, `${to}.part`);
    await rename(`${to}.part`, to);
    await rm(from);
  }
}
