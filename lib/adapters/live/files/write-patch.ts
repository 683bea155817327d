import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { currentEntry, type FileLedgerEntry, fileState } from '#lib/adapters/live/files/file-ledger';
import type { HeldLock } from '#lib/adapters/live/files/file-lock';
import { guardRows } from '#lib/adapters/live/files/guard-rows';
import { type LiveFile, tableOf } from '#lib/adapters/live/files/open-live-file';
import { ParquetTable } from '#lib/adapters/live/files/parquet-table';
import {
  type PlannedRow,
  plannedRows,
  readBack,
  reversed,
  shapeOf,
  type WrittenRow,
} from '#lib/adapters/live/files/planned-rows';
import { readRows, recover, report, requireGoingOn, swapFile } from '#lib/adapters/live/files/swap-file';
import { Failure } from '#lib/base/failure';
import type { ApplyOptions, ApplyStatus, UndoStatus } from '#lib/patch/live-store';
import type { PatchHeader, SealedPatch } from '#lib/patch/patch';

/** A write under the file's lock. */
export type FileWrite = LiveFile & {
  readonly lock: HeldLock;
  readonly timezone: string;
  readonly options: ApplyOptions;
};

/** Applies a patch once, or not at all. Failures as in the port. */
export async function applyToFile(write: FileWrite, patch: SealedPatch): Promise<ApplyStatus> {
  const { header } = patch;
  const { file, lock, options } = write;
  const done = currentEntry(await recover(file), header.seal);
  if (done?.outcome === 'applied') return 'already_applied';
  if (done !== null) {
    throw new Failure('patch.undone', `The patch was undone at ${done.at} and is not applied again.`);
  }
  await report(options, 'check', 0, 1);
  await requireSameColumns(header, write);
  const planned = await plannedRows(patch);
  await swapFile({
    file,
    header,
    kind: 'apply',
    lock,
    options,
    write: (to) => writeRows(write, header, planned, null, to),
  });
  return 'applied';
}

/** Puts back what a patch wrote, guarded by what it wrote. Failures as in the port. */
export async function undoInFile(write: FileWrite, header: PatchHeader): Promise<UndoStatus> {
  const { file, lock, options } = write;
  const entry = requireApplied(currentEntry(await recover(file), header.seal));
  if (entry.outcome === 'undone') return 'already_undone';
  await report(options, 'check', 0, 1);
  const planned = reversed(await readRows(file, entry));
  const kept = path.join(path.dirname(file), entry.old_file);
  await swapFile({
    file,
    header,
    kind: 'undo',
    lock,
    options,
    write: async (to) =>
      (await putBack(file, entry, kept, to, planned)) ??
      (await writeRows(write, header, planned, await restorable(planned, kept, entry), to)),
  });
  return 'undone';
}

/** The ledger's entry of a patch. Failures: patch.not_applied. */
export function requireApplied(entry: FileLedgerEntry | null): FileLedgerEntry {
  if (entry !== null) return entry;
  throw new Failure('patch.not_applied', 'The ledger beside the file does not hold this patch.');
}

/** Guards, writes the new file, reads it back. */
async function writeRows(
  { name, table, timezone, options }: FileWrite,
  header: PatchHeader,
  planned: readonly PlannedRow[],
  restoreFrom: string | null,
  to: string,
): Promise<WrittenRow[]> {
  const shape = shapeOf(header, timezone);
  await report(options, 'lock', 0, planned.length);
  const { edits, written, rows } = await guardRows(table, shape, planned, restoreFrom);
  requireGoingOn(options);
  await report(options, 'write', 0, planned.length);
  await table.rewrite(edits, to);
  requireGoingOn(options);
  await report(options, 'read_back', 0, planned.length);
  await readBack(tableOf(to, name, timezone), shape, written, rows);
  requireGoingOn(options);
  return written;
}

/** Where nobody wrote since the apply, undo is the kept file itself, to the byte. Null: someone wrote. */
async function putBack(
  file: string,
  entry: FileLedgerEntry,
  kept: string,
  to: string,
  planned: readonly PlannedRow[],
): Promise<readonly WrittenRow[] | null> {
  if ((await fileState(file)).sha256 !== entry.after.sha256) return null;
  const old = await fileState(kept).catch(() => null);
  if (old?.sha256 !== entry.before.sha256) return null;
  await copyFile(kept, to);
  if ((await fileState(to)).sha256 !== entry.before.sha256) {
    throw new Failure('live.unreadable', `${kept} changed while it was copied.`, { fix: 'Try again.' });
  }
  return planned.map(({ restore: _, ...row }) => ({ ...row, row: null }));
}

async function requireSameColumns(header: PatchHeader, { file, table }: LiveFile): Promise<void> {
  const columns = new Map((await table.columns()).map((c) => [c.name, c.type]));
  for (const column of [...header.keys, ...header.measures]) {
    const type = columns.get(column.name);
    if (type === undefined) {
      throw new Failure('live.schema_changed', `${file} has no column "${column.name}" any more.`);
    }
    if (table instanceof ParquetTable && type !== column.type) {
      throw new Failure(
        'live.schema_changed',
        `Column "${column.name}" of ${file} was ${column.type}, is ${type}.`,
      );
    }
  }
}

/** Deleted rows are put back from the kept file, which must then be as it was left. */
async function restorable(
  planned: readonly PlannedRow[],
  kept: string,
  entry: FileLedgerEntry,
): Promise<string | null> {
  if (planned.every((row) => row.restore === null)) return null;
  const state = await fileState(kept).catch(() => null);
  if (state?.sha256 === entry.before.sha256) return kept;
  throw new Failure(
    'patch.damaged',
    `${kept}, which holds the deleted rows, is ${state === null ? 'gone' : 'changed'}.`,
    {
      fix: 'Restore it from a backup and undo again.',
    },
  );
}
