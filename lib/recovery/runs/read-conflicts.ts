import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readConflicts } from '#lib/adapters/duckdb/evidence';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { Failure } from '#lib/base/failure';
import type { ConflictingIds } from '#lib/compare/discrepancy';
import { permit } from '#lib/recovery/access/permit';
import { findFinishedRun } from '#lib/recovery/runs/finished-run';
import type { Context } from '#lib/recovery/setup/context';
import { readerSession } from '#lib/recovery/setup/reader-session';

export const ConflictsInput = z.object({ id: z.uuid() });

/** So many show what kind of conflict it is; conflicts.csv has all of them. */
const SHOWN = { ids: 5, copies: 4 };

/**
 * The first ids that occur with several contents, and those contents. Failures: not_found (also where no id does),
 * run.incomplete.
 */
export async function showConflicts(
  context: Context,
  { id }: z.output<typeof ConflictsInput>,
): Promise<ConflictingIds> {
  permit(context.actor, 'incident.read');
  const { dir } = await findFinishedRun(context.store, id);
  const path = join(dir, RUN_FILES.conflictsTyped);
  try {
    await access(path);
  } catch (cause) {
    throw new Failure('not_found', 'This preview has no list of ids in conflict.', { cause });
  }
  return readConflicts(await readerSession(context.env), path, SHOWN);
}
