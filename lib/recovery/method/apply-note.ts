import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES, writeJson } from '#lib/adapters/duckdb/patch-files';

const Note = z.object({ seal: z.string(), archive_checked: z.boolean() });

/**
 * Keeps beside a run's files what neither they nor the ledger say of an apply: whether the archive was compared again
 * right before it. Bound to the seal, so that a later preview into the same folder is not told of by it.
 */
export const noteApply = (dir: string, seal: string, archiveChecked: boolean): Promise<void> =>
  writeJson(dir, 'applied', { seal, archive_checked: archiveChecked });

/** Whether the archive was compared again before the apply of this seal; null where that is not on record. */
export async function archiveCheckNoted(dir: string, seal: string): Promise<boolean | null> {
  const text = await readFile(join(dir, RUN_FILES.applied), 'utf8').catch(() => null);
  const note = text === null ? null : Note.safeParse(parsed(text));
  return note?.success && note.data.seal === seal ? note.data.archive_checked : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
