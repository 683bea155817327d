import { currentEntry, settledLedger } from '#lib/adapters/live/files/file-ledger';
import { movedRows } from '#lib/adapters/live/files/guard-rows';
import type { LiveFile } from '#lib/adapters/live/files/open-live-file';
import { reversed, shapeOf } from '#lib/adapters/live/files/planned-rows';
import { readRows } from '#lib/adapters/live/files/swap-file';
import { requireStanding } from '#lib/adapters/live/files/write-patch';
import type { PatchHeader } from '#lib/patch/patch';
import { MOVED_SHOWN, type UndoOutlook } from '#lib/patch/rehearsal';

/** Which rows of an applied patch an undo could put back as they are now. Failures: patch.not_applied, patch.damaged. */
export async function outlookOf({ file, table }: LiveFile, header: PatchHeader): Promise<UndoOutlook> {
  const entry = requireStanding(currentEntry(await settledLedger(file), header.seal));
  const planned = reversed(await readRows(file, entry));
  const shape = shapeOf(header);
  const moved = await movedRows(table, shape, planned);
  return {
    rows: planned.length,
    unmoved: planned.length - moved.length,
    moved: moved.slice(0, MOVED_SHOWN).map(({ planned: row, what, i, now }) => ({
      seq: row.seq,
      key: row.key,
      what,
      column: i === null ? '' : (shape.measures[i]?.name ?? ''),
      wrote: i === null ? null : (row.before[i] ?? null),
      now,
    })),
    movedSeqs: moved.map(({ planned: row }) => row.seq),
  };
}
