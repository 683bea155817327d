import {
  type FileLedger,
  type FileLedgerEntry,
  ledgerPath,
  readLedger,
  settle,
} from '#lib/adapters/live/files/file-ledger';
import { byKey, nameOf, type PlannedRow, type Shape } from '#lib/adapters/live/files/planned-rows';
import { readRows } from '#lib/adapters/live/files/swap-file';
import { keyForm } from '#lib/adapters/live/files/value-forms';
import { sha256 } from '#lib/base/canonical';
import { Failure } from '#lib/base/failure';
import type { PatchHeader } from '#lib/patch/patch';

// What is added has no before-value that would guard it: the ledger says whether its rows were patched since the preview.

const NAMED = 20;

/** Which entries a preview sees: how many, and which. Entries are only ever added; their outcome and time may change. */
function mark(entries: readonly FileLedgerEntry[]): string {
  const all = entries.map(({ patch, seal, kind, attempt }) => [patch, seal, kind, attempt]);
  return `${entries.length}:${sha256([JSON.stringify(all)]).slice(0, 16)}`;
}

/**
 * What of the ledger is in the file now, as `TargetShape.seen` has it. Asked before the file is read: a patch that comes in
 * between counts as unseen. A swap that is intended and did not happen yet may still happen, so it is unseen too.
 * Failures: live.unreadable when the ledger is damaged.
 */
export async function ledgerSeen(file: string): Promise<string> {
  const { entries } = await readLedger(file);
  const last = entries.at(-1);
  const isOpen = last !== undefined && (await settle(file, last)) === 'abandoned';
  return mark(isOpen ? entries.slice(0, -1) : entries);
}

/**
 * Refuses a patch that adds to rows which a patch or an undo wrote that its preview did not see. The ledger must be
 * settled. Failures: patch.stale naming the rows, patch.damaged where the rows of an entry are gone.
 */
export async function refuseAddedSince(
  file: string,
  ledger: FileLedger,
  header: PatchHeader,
  shape: Shape,
  planned: readonly PlannedRow[],
): Promise<void> {
  const seen = header.targetShape?.seen;
  const adding = planned.filter(({ op, delta }) => op === 'update' && delta.some((text) => text !== null));
  if (seen === undefined || adding.length === 0) return;
  const wanted = byKey(shape, adding);
  for (const entry of unseen(file, ledger, seen)) {
    const places = placesOf(shape, entry);
    // which rows a patch with other key columns wrote cannot be told
    const written =
      places === null
        ? adding
        : (await readRows(file, entry)).flatMap(({ key }) => {
            const own = places.map((at) => key[at] ?? '');
            return wanted.get(keyForm(own, shape.keyForms) ?? '') ?? [];
          });
    const rows = written.map((row) => `${nameOf(shape, row.key)}: written by another patch since`);
    if (rows.length === 0) continue;
    throw new Failure(
      'patch.stale',
      `Another patch was written after this one was previewed and has rows of it; adding to them again would count twice. Nothing was written. First: ${rows[0]}.`,
      { details: { rows: rows.slice(0, NAMED), count: rows.length } },
    );
  }
}

/** Where an entry's rows have the key columns of a patch; null: its keys are other columns. */
function placesOf({ keys }: Shape, entry: FileLedgerEntry): number[] | null {
  const names = entry.keys ?? keys;
  const places = keys.map((name) => names.indexOf(name));
  return names.length === keys.length && !places.includes(-1) ? places : null;
}

/** The entries that took place and were not there at the preview. */
function unseen(file: string, { entries }: FileLedger, seen: string): readonly FileLedgerEntry[] {
  const known = Number.parseInt(seen, 10);
  if (mark(entries.slice(0, known)) === seen)
    return entries.slice(known).filter(({ outcome }) => outcome === 'applied' || outcome === 'undone');
  throw new Failure(
    'patch.stale',
    `The ledger ${ledgerPath(file)} is not the one that was there at the preview, so it cannot say whether these rows were patched since; adding to them could count twice. Nothing was written.`,
    { details: { rows: [] } },
  );
}
