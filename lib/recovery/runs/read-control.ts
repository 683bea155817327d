import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readControlRows } from '#lib/adapters/duckdb/discrepancies';
import { RUN_FILES } from '#lib/adapters/duckdb/patch-files';
import { readRunColumns } from '#lib/adapters/duckdb/run-columns';
import { Failure } from '#lib/base/failure';
import type { ControlRows } from '#lib/compare/discrepancy';
import { permit } from '#lib/recovery/access/permit';
import { findFinishedRun } from '#lib/recovery/runs/finished-run';
import type { Context } from '#lib/recovery/setup/context';
import { readerSession } from '#lib/recovery/setup/reader-session';

export const ControlInput = z.object({ id: z.uuid() });

/** So many are enough to see what is wrong with a calculation; control.csv has all of them. */
const SHOWN = 20;

/**
 * Which rows of the healthy stretch the calculation does not reproduce: how many, and the first of them with their
 * values. Failures: not_found (also where the plan had no control), run.incomplete.
 */
export async function showControl(
  context: Context,
  { id }: z.output<typeof ControlInput>,
): Promise<ControlRows> {
  permit(context.actor, 'incident.read');
  const { dir } = await findFinishedRun(context.store, id);
  const path = join(dir, RUN_FILES.controlTyped);
  try {
    await access(path);
  } catch (cause) {
    throw new Failure('not_found', 'This preview has no rows of a healthy stretch.', {
      fix: 'Choose a healthy stretch in the plan, and run the preview again.',
      cause,
    });
  }
  return readControlRows(await readerSession(context.env), path, await readRunColumns(dir), SHOWN);
}
