import { copyFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { refuseAddedSince } from '#lib/adapters/live/files/added-since';
import { takeOver } from '#lib/adapters/live/files/atomic-file';
import {
  currentEntry,
  type FileLedger,
  type FileLedgerEntry,
  fileState,
  settledLedger,
} from '#lib/adapters/live/files/file-ledger';
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
import type { Counts, PatchHeader, SealedPatch } from '#lib/patch/patch';

/** A write under the file's lock. */
export type FileWrite = LiveFile & {
  readonly lock: HeldLock;
  readonly options: ApplyOptions;
};

/** Writes the new content to the path it is given and says what it wrote. */
type Work = (to: string) => Promise<readonly WrittenRow[]>;

/** Applies a patch once, or not at all. Failures as in the port. */
export async function applyToFile(write: FileWrite, patch: SealedPatch): Promise<ApplyStatus> {
  const { file, lock, options } = write;
  const { header } = patch;
  const work = await applyWork(write, patch, await recover(file));
  if (work === null) return 'already_applied';
  await swapFile({
    file,
    header,
    counts: header.counts,
    leftOut: 0,
    kind: 'apply',
    lock,
    options,
    write: work,
  });
  return 'applied';
}

/** Puts back what a patch wrote, all but the rows left out, guarded by what it wrote. Failures as in the port. */
export async function undoInFile(
  write: FileWrite,
  header: PatchHeader,
  leaveOut: readonly number[],
): Promise<UndoStatus> {
  const { file, lock, options } = write;
  const work = await undoWork(write, header, leaveOut, await recover(file));
  if (work === null) return 'already_undone';
  const { counts, leftOut } = work;
  if (counts.updates + counts.inserts + counts.deletes === 0) return 'nothing_to_apply';
  await swapFile({ file, header, counts, leftOut, kind: 'undo', lock, options, write: work.write });
  return 'undone';
}

/**
 * Does all of an apply or an undo but the swap: the new file is written beside, read back, and removed. The ledger is
 * read, never written.
 */
export async function rehearseInFile(
  write: FileWrite,
  patch: SealedPatch,
  undo: { readonly leaveOut?: readonly number[] } | undefined,
): Promise<'would_apply' | 'already_applied' | 'nothing_to_apply'> {
  const { file } = write;
  const ledger = await settledLedger(file);
  const undoing =
    undo === undefined ? null : await undoWork(write, patch.header, undo.leaveOut ?? [], ledger);
  const work = undo === undefined ? await applyWork(write, patch, ledger) : (undoing?.write ?? null);
  if (work === null) return 'already_applied';
  const counts = undoing?.counts ?? patch.header.counts;
  if (counts.updates + counts.inserts + counts.deletes === 0) return 'nothing_to_apply';
  const to = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${patch.header.seal.slice(0, 12)}-rehearsal.new`,
  );
  try {
    await work(to);
    await takeOver(to, await stat(file, { bigint: true }));
  } finally {
    await rm(to, { force: true });
  }
  return 'would_apply';
}

async function applyWork(write: FileWrite, patch: SealedPatch, ledger: FileLedger): Promise<Work | null> {
  const { header } = patch;
  const done = currentEntry(ledger, header.seal);
  if (done?.outcome === 'applied') return null;
  if (done !== null) {
    throw new Failure('patch.undone', `The patch was undone at ${done.at} and is not applied again.`);
  }
  await report(write.options, 'check', 0, 1);
  await requireSameColumns(header, write);
  const planned = await plannedRows(patch);
  await refuseAddedSince(write.file, ledger, header, shapeOf(header), planned);
  return (to) => writeRows(write, header, planned, null, to);
}

async function undoWork(
  write: FileWrite,
  header: PatchHeader,
  leaveOut: readonly number[],
  ledger: FileLedger,
): Promise<{ readonly write: Work; readonly counts: Counts; readonly leftOut: number } | null> {
  const { file } = write;
  const entry = requireApplied(currentEntry(ledger, header.seal));
  if (entry.outcome === 'undone') return null;
  await report(write.options, 'check', 0, 1);
  const left = new Set(leaveOut);
  const all = reversed(await readRows(file, entry));
  const planned = all.filter((row) => !left.has(row.seq));
  if (all.length - planned.length !== left.size) {
    throw new Failure(
      'patch.damaged',
      `${left.size - all.length + planned.length} of the ${left.size} rows to leave out are no rows of this patch; nothing was put back.`,
    );
  }
  const kept = path.join(path.dirname(file), entry.old_file);
  const count = (op: PlannedRow['op']): number => planned.filter((row) => row.op === op).length;
  return {
    counts: { updates: count('update'), inserts: count('insert'), deletes: count('delete') },
    leftOut: left.size,
    write: async (to) =>
      (left.size === 0 ? await putBack(file, entry, kept, to, planned) : null) ??
      (await writeRows(write, header, planned, await restorable(planned, kept, entry), to)),
  };
}

/** The ledger's entry of a patch. Failures: patch.not_applied. */
export function requireApplied(entry: FileLedgerEntry | null): FileLedgerEntry {
  if (entry !== null) return entry;
  throw new Failure('patch.not_applied', 'The ledger beside the file does not hold this patch.');
}

/** The entry of a patch that stands. Failures: patch.not_applied, also where it was undone. */
export function requireStanding(entry: FileLedgerEntry | null): FileLedgerEntry {
  const applied = requireApplied(entry);
  if (applied.outcome !== 'undone') return applied;
  throw new Failure('patch.not_applied', `The patch was undone at ${applied.at}.`);
}

/** Guards, writes the new file, reads it back. */
async function writeRows(
  { name, table, options }: FileWrite,
  header: PatchHeader,
  planned: readonly PlannedRow[],
  restoreFrom: string | null,
  to: string,
): Promise<WrittenRow[]> {
  const shape = shapeOf(header);
  await report(options, 'lock', 0, planned.length);
  const { edits, written, rows } = await guardRows(table, shape, planned, restoreFrom);
  requireGoingOn(options);
  await report(options, 'write', 0, planned.length);
  await table.rewrite(edits, to);
  requireGoingOn(options);
  await report(options, 'read_back', 0, planned.length);
  await readBack(tableOf(to, name), shape, written, rows);
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

/** Failures: live.schema_changed. */
export async function requireSameColumns(header: PatchHeader, { file, table }: LiveFile): Promise<void> {
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
