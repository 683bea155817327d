import { createHash } from 'node:crypto';
import { type BigIntStats, createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '#lib/adapters/live/files/atomic-file';
import { isCode } from '#lib/adapters/lock/lock-file';
import { readAuditHead } from '#lib/base/audit-head';
import { Failure } from '#lib/base/failure';
import type { LedgerLine } from '#lib/patch/live-store';

const STATE = z.object({ sha256: z.string(), bytes: z.number() });
const ENTRY = z.object({
  patch: z.string(),
  seal: z.string(),
  attempt: z.number(),
  kind: z.enum(['apply', 'undo']),
  /** `intended`: written before the swap; whether the swap came is told by the files (settle()). */
  outcome: z.enum(['intended', 'applied', 'undone', 'abandoned']),
  at: z.string(),
  author: z.string(),
  approved_by: z.string(),
  approved_at: z.string().nullable(),
  counts: z.object({ updates: z.number(), inserts: z.number(), deletes: z.number() }),
  /** The columns of its keys, as its rows have them; absent in older ledgers. */
  keys: z.array(z.string()).exactOptional(),
  /** Rows of the patch that an undo left as they are. */
  left_out: z.number().exactOptional(),
  /** Of an undo that was sealed as a patch of its own. */
  undo_seal: z.string().exactOptional(),
  /** Author and approvers by their ids. */
  signed_by: z.unknown().exactOptional(),
  /** The audit's newest line when the patch was written. */
  audit_head: z.unknown().exactOptional(),
  before: STATE,
  after: STATE,
  new_file: z.string(),
  old_file: z.string(),
  rows_file: z.string(),
  rows_sha256: z.string(),
});
const LEDGER = z.object({ recount: z.literal(1), file: z.string(), entries: z.array(ENTRY) });

export type FileLedgerEntry = z.infer<typeof ENTRY>;
export type FileLedger = z.infer<typeof LEDGER>;
export type FileState = z.infer<typeof STATE>;

export const ledgerPath = (file: string): string => `${file}.recount.json`;

/** The ledger beside a live file; an empty one where there is none. Failures: live.unreadable when it is damaged. */
export async function readLedger(file: string): Promise<FileLedger> {
  let text: string;
  try {
    text = await readFile(ledgerPath(file), 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return { recount: 1, file: path.basename(file), entries: [] };
    throw error;
  }
  try {
    return LEDGER.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure(
      'live.unreadable',
      `The ledger ${ledgerPath(file)} is damaged; nothing is written without it.`,
      {
        fix: 'Restore it from a backup. It says which patches this file already holds.',
        cause: error,
      },
    );
  }
}

/** Replaces the ledger at once; `like`: the live file, whose owner and permissions it takes. */
export async function writeLedger(file: string, ledger: FileLedger, like: BigIntStats): Promise<void> {
  await writeAtomically(ledgerPath(file), [`${JSON.stringify(ledger, null, 2)}\n`], like);
}

/**
 * Says what became of an intended swap. The new file is complete before the intent is written, and the swap moves it
 * away, so the files are the witness: its content in place means swapped; the old content in place, or the new file
 * still waiting, means not; neither means swapped, and changed by someone since.
 */
export async function settle(
  file: string,
  entry: FileLedgerEntry,
): Promise<'applied' | 'undone' | 'abandoned' | null> {
  if (entry.outcome !== 'intended') return null;
  const swapped = entry.kind === 'apply' ? 'applied' : 'undone';
  if (await exists(path.join(path.dirname(file), entry.new_file))) return 'abandoned';
  const now = await fileState(file);
  return now.sha256 === entry.before.sha256 ? 'abandoned' : swapped;
}

/** The ledger as it is in truth: intents settled. Writes nothing. */
export async function settledLedger(file: string): Promise<FileLedger> {
  const ledger = await readLedger(file);
  const entries = await Promise.all(
    ledger.entries.map(async (entry) => ({
      ...entry,
      outcome: (await settle(file, entry)) ?? entry.outcome,
    })),
  );
  return { ...ledger, entries };
}

/** What a patch is now: the last entry of its seal that took place. The seal is the patch, wherever it was previewed. */
export function currentEntry(ledger: FileLedger, seal: string): FileLedgerEntry | null {
  return (
    ledger.entries.findLast((e) => e.seal === seal && (e.outcome === 'applied' || e.outcome === 'undone')) ??
    null
  );
}

/** The ledger's lines as the port has them, the oldest first. Intents must be settled. */
export function ledgerLines(ledger: FileLedger): LedgerLine[] {
  return ledger.entries.map((entry) => {
    const isUndo = entry.kind === 'undo';
    return {
      patchId: isUndo ? `undo:${entry.patch}` : entry.patch,
      seal: entry.seal,
      kind: isUndo ? 'undo' : 'patch',
      outcome: entry.outcome === 'applied' || entry.outcome === 'undone' ? 'applied' : 'fenced',
      undoes: isUndo ? entry.patch : null,
      at: entry.at,
      rows: entry.counts.updates + entry.counts.inserts + entry.counts.deletes,
      leftOut: entry.left_out ?? 0,
      author: entry.author,
      approvedBy: entry.approved_by === 'none' ? null : entry.approved_by,
      transaction: entry.after.sha256,
      auditHead: readAuditHead(entry.audit_head),
      ...(entry.undo_seal === undefined ? {} : { undoSeal: entry.undo_seal }),
    };
  });
}

/** SHA-256 and size of a file's bytes. */
export async function fileState(file: string): Promise<FileState> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

export async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
