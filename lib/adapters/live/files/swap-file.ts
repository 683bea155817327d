import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { keepAs, syncFolder, takeOver, writeAtomically } from '#lib/adapters/live/files/atomic-file';
import {
  type FileLedger,
  type FileLedgerEntry,
  fileState,
  readLedger,
  settle,
  writeLedger,
} from '#lib/adapters/live/files/file-ledger';
import type { HeldLock } from '#lib/adapters/live/files/file-lock';
import type { WrittenRow } from '#lib/adapters/live/files/planned-rows';
import { Failure } from '#lib/base/failure';
import { formatInstant, fromMillis } from '#lib/base/instant';
import type { ApplyOptions } from '#lib/patch/live-store';
import type { ApplyStep, Counts, PatchHeader } from '#lib/patch/patch';

export type Swap = {
  /** The real file, no symlink. */
  readonly file: string;
  readonly header: PatchHeader;
  /** What is written: of an undo, without the rows left out. */
  readonly counts: Counts;
  readonly leftOut: number;
  readonly kind: 'apply' | 'undo';
  readonly lock: HeldLock;
  readonly options: ApplyOptions;
  /** Writes the new content to the path it is given and says what it wrote. */
  readonly write: (newFile: string) => Promise<readonly WrittenRow[]>;
};

/** What may follow the live file's name in the name of a file that a dead writer left. */
const LEFTOVER =
  /^\.([0-9a-f]{12}[-\w]*(\.rows)?\.new|recount\.json\.new|[0-9a-f]{12}[-\w]*\.rows|recount\.lock\.[-0-9a-f]{36})$/;
const PART = z.array(z.string().nullable());
const WRITTEN = z.object({
  seq: z.number(),
  op: z.enum(['update', 'insert', 'delete']),
  key: z.array(z.string()),
  before: PART,
  after: PART,
  delta: PART,
  row: z.number().nullable(),
});

/**
 * Puts a new content in a live file's place, whole or not at all, whenever the process dies. Order: the new file
 * complete beside it and on disk; pre-images; the ledger's intent with both hashes; the old file's second name; the
 * rename, which is the commit; the ledger's outcome. A death before the rename leaves the new file waiting, one after
 * it does not: settle() reads that.
 */
export async function swapFile(swap: Swap): Promise<void> {
  const { file, header, kind, options } = swap;
  const stats = await stat(file, { bigint: true });
  const before = await fileState(file);
  const ledger = await readLedger(file);
  const names = namesOf(file, header.seal, kind, ledger);
  const newFile = path.join(path.dirname(file), names.new_file);
  let entry: FileLedgerEntry | null = null;
  try {
    const written = await swap.write(newFile);
    await takeOver(newFile, stats);
    await report(options, 'record', 0, 1);
    const rows_sha256 = await writeRows(path.join(path.dirname(file), names.rows_file), written, stats);
    entry = {
      patch: header.id,
      seal: header.seal,
      attempt: ledger.entries.filter((e) => e.seal === header.seal).length + 1,
      kind,
      outcome: 'intended',
      at: formatInstant(fromMillis(Date.now())),
      author: options.signatures.author,
      approved_by: options.signatures.approvedBy ?? 'none',
      approved_at: options.signatures.approvedAt,
      counts: swap.counts,
      keys: header.keys.map(({ name }) => name),
      ...(swap.leftOut === 0 ? {} : { left_out: swap.leftOut }),
      ...(options.signatures.undoSeal === undefined ? {} : { undo_seal: options.signatures.undoSeal }),
      ...(options.signatures.ids === undefined ? {} : { signed_by: options.signatures.ids }),
      ...(options.signatures.auditHead ? { audit_head: options.signatures.auditHead } : {}),
      before,
      after: await fileState(newFile),
      ...names,
      rows_sha256,
    };
    await writeLedger(file, { ...ledger, entries: [...ledger.entries, entry] }, stats);
    await commit(swap, stats, newFile, path.join(path.dirname(file), names.old_file), entry);
  } catch (error) {
    await abandon(file, ledger, entry, stats, newFile, path.join(path.dirname(file), names.rows_file));
    throw error;
  }
  await record(swap, ledger, entry, stats);
}

async function commit(
  swap: Swap,
  stats: BigIntStats,
  newFile: string,
  oldFile: string,
  entry: FileLedgerEntry,
): Promise<void> {
  const { file, options, lock } = swap;
  await report(options, 'commit', 0, 1);
  await options.beforeCommit?.(`${entry.seal.slice(0, 12)}-${entry.kind}-${entry.attempt}`);
  requireGoingOn(options);
  await lock.assertHeld();
  const now = await stat(file, { bigint: true });
  const same = (['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const).every(
    (field) => now[field] === stats[field],
  );
  if (!same) {
    throw new Failure(
      'patch.stale',
      `${file} was changed by someone while the patch was being written; nothing was written.`,
      {
        fix: 'Apply again: the rows are checked anew.',
        details: { rows: [] },
      },
    );
  }
  await keepAs(file, oldFile);
  await rename(newFile, file);
}

/** After the rename nothing may answer "not written" any more: what fails now is settled by the next call. */
async function record(
  swap: Swap,
  ledger: FileLedger,
  entry: FileLedgerEntry,
  stats: BigIntStats,
): Promise<void> {
  const outcome = swap.kind === 'apply' ? 'applied' : 'undone';
  // the intent had the time before the rename
  const at = formatInstant(fromMillis(Date.now()));
  try {
    await syncFolder(path.dirname(swap.file));
    await report(swap.options, 'commit', 1, 1);
    const done = { ...entry, outcome, at } as const;
    await writeLedger(swap.file, { ...ledger, entries: [...ledger.entries, done] }, stats);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new Failure(
      'patch.unknown',
      `The new ${swap.file} is in place, but its ledger could not be completed: ${words}.`,
      {
        cause: error,
      },
    );
  }
  const tell = async (): Promise<void> => swap.options.onCommitted?.(at);
  await tell().catch(() => {});
}

async function abandon(
  file: string,
  ledger: FileLedger,
  entry: FileLedgerEntry | null,
  stats: BigIntStats,
  newFile: string,
  rowsFile: string,
): Promise<void> {
  if (entry !== null) {
    const entries = [...ledger.entries, { ...entry, outcome: 'abandoned' as const }];
    // the ledger first: while the new file waits, the intent counts as not carried out
    await writeLedger(file, { ...ledger, entries }, stats);
  }
  await rm(newFile, { force: true });
  await rm(rowsFile, { force: true });
}

/** Settles what a dead process left: its intent in the ledger, its new file. Call it under the lock. */
export async function recover(file: string): Promise<FileLedger> {
  const ledger = await readLedger(file);
  const folder = path.dirname(file);
  if (ledger.entries.some((e) => e.outcome === 'intended')) {
    const entries: FileLedgerEntry[] = [];
    for (const entry of ledger.entries) {
      const outcome = await settle(file, entry);
      entries.push({ ...entry, outcome: outcome ?? entry.outcome });
      if (outcome !== 'abandoned') continue;
      await rm(path.join(folder, entry.rows_file), { force: true });
      await rm(path.join(folder, entry.old_file), { force: true });
    }
    await writeLedger(file, { ...ledger, entries }, await stat(file, { bigint: true }));
    return await recover(file);
  }
  const named = new Set(ledger.entries.map((e) => (e.outcome === 'abandoned' ? '' : e.rows_file)));
  for (const name of await readdir(folder)) {
    if (isLeftover(name, path.basename(file)) && !named.has(name))
      await rm(path.join(folder, name), { force: true });
  }
  return ledger;
}

function isLeftover(name: string, base: string): boolean {
  const visible = name.startsWith('.') ? name.slice(1) : name;
  return visible.startsWith(base) && LEFTOVER.test(visible.slice(base.length));
}

/** The pre-images of an entry. Failures: patch.damaged when they are gone or changed. */
export async function readRows(file: string, entry: FileLedgerEntry): Promise<WrittenRow[]> {
  const rowsFile = path.join(path.dirname(file), entry.rows_file);
  const text = await readFile(rowsFile, 'utf8').catch(() => null);
  if (text === null || createHash('sha256').update(text).digest('hex') !== entry.rows_sha256) {
    throw new Failure(
      'patch.damaged',
      `${rowsFile}, which holds the values before the patch, is ${text === null ? 'gone' : 'changed'}.`,
      {
        fix: `Restore it from a backup, or put ${entry.old_file} back by hand.`,
      },
    );
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => WRITTEN.parse(JSON.parse(line)));
}

async function writeRows(file: string, written: readonly WrittenRow[], like: BigIntStats): Promise<string> {
  const hash = createHash('sha256');
  function* lines(): Generator<string> {
    for (const row of written) {
      const line = `${JSON.stringify(row)}\n`;
      hash.update(line);
      yield line;
    }
  }
  await writeAtomically(file, lines(), like);
  return hash.digest('hex');
}

type Names = Pick<FileLedgerEntry, 'new_file' | 'old_file' | 'rows_file'>;

function namesOf(file: string, seal: string, kind: 'apply' | 'undo', ledger: FileLedger): Names {
  const base = path.basename(file);
  const times = ledger.entries.filter(
    (e) => e.seal === seal && e.kind === kind && e.outcome !== 'abandoned',
  ).length;
  const short = `${seal.slice(0, 12)}${kind === 'undo' ? '-undo' : ''}${times === 0 ? '' : `-${times + 1}`}`;
  return {
    new_file: `.${base}.${short}.new`,
    old_file: `${base}.${short}.old`,
    rows_file: `${base}.${short}.rows`,
  };
}

export function requireGoingOn(options: ApplyOptions): void {
  if (options.signal?.aborted) throw new Failure('run.cancelled', 'It was cancelled; nothing was written.');
}

export async function report(
  options: ApplyOptions,
  step: ApplyStep,
  done: number,
  total: number,
): Promise<void> {
  await options.onProgress?.({ step, done, total, at: formatInstant(fromMillis(Date.now())) });
}
