import type { LedgerLine } from '#lib/patch/live-store';
import type { PatchState } from '#lib/patch/patch';
import { UNDER_WAY, WRITTEN } from '#lib/patch/state';

/** A patch of one live table, as its record has it. */
export type RecordedPatch = {
  readonly id: string;
  readonly number: number;
  readonly seal: string;
  readonly state: PatchState;
  /** Rows that it writes; without any the ledger has no line. */
  readonly rows: number;
  /** Of an undo: the patch that it puts back. */
  readonly undoesId: string | null;
};

/** What the ledger says of a patch, and its record does not: the edge that brings the record to it. */
export type LedgerFinding = {
  readonly id: string;
  readonly edge: 'vanish' | 'find' | 'undo';
  /** The line that tells it; null where it is the lack of one. */
  readonly line: LedgerLine | null;
};

/** Of several records of one seal the ledger's line belongs to the first of these that is there. */
const OWNERS: readonly PatchState[] = [
  'lost',
  'undone',
  'approved',
  'proposed',
  'expired',
  'stale',
  'failed',
  'cancelled',
];

/**
 * Compares the records of one live table with its ledger, whose lines were read after them. The ledger's word stands above
 * the records'. Patches under way are left to their jobs, and so is what an undo under way puts back.
 */
export function compareWithLedger(
  patches: readonly RecordedPatch[],
  lines: readonly LedgerLine[],
): LedgerFinding[] {
  const undoing = new Set(patches.filter(isUnderWay).flatMap(({ undoesId }) => undoesId ?? []));
  const originals = patches.filter(
    ({ undoesId, rows, id }) => undoesId === null && rows > 0 && !undoing.has(id),
  );
  const undone = new Set(appliedOf(lines, 'undo').flatMap(({ undoes }) => undoes ?? []));
  const applied = new Map(appliedOf(lines, 'patch').map((line) => [line.seal, line]));
  const found = [...Map.groupBy(originals, ({ seal }) => seal)].flatMap(([seal, records]) => {
    const line = applied.get(seal) ?? null;
    if (line === null)
      return records.filter(isWritten).map(({ id }) => ({ id, edge: 'vanish', line }) as const);
    if (undone.has(line.patchId))
      return records
        .filter((one) => isWritten(one) || one.state === 'lost')
        .map(({ id }) => ({ id, edge: 'undo', line }) as const);
    return foundOf(records, line);
  });
  // an undo that the target forgot, while it has what was undone
  const back = new Set(found.flatMap(({ id, edge }) => (edge === 'find' ? [id] : [])));
  const forgotten = patches.filter(
    (one) => isWritten(one) && one.undoesId !== null && back.has(one.undoesId),
  );
  return [...found, ...forgotten.map(({ id }) => ({ id, edge: 'vanish', line: null }) as const)];
}

const isUnderWay = ({ state }: RecordedPatch): boolean => UNDER_WAY.includes(state);
const isWritten = ({ state }: RecordedPatch): boolean => WRITTEN.includes(state);
const appliedOf = (lines: readonly LedgerLine[], kind: LedgerLine['kind']): LedgerLine[] =>
  lines.filter((line) => line.kind === kind && line.outcome === 'applied');

function foundOf(records: readonly RecordedPatch[], line: LedgerLine): LedgerFinding[] {
  if (records.some((one) => isWritten(one) || isUnderWay(one))) return [];
  const [owner] = records.toSorted(
    (a, b) => OWNERS.indexOf(a.state) - OWNERS.indexOf(b.state) || b.number - a.number,
  );
  return owner === undefined ? [] : [{ id: owner.id, edge: 'find', line }];
}

/** What the ledger has and no record knows: applied elsewhere, or the records were restored from an older backup. */
export const unknownLines = (lines: readonly LedgerLine[], seals: ReadonlySet<string>): LedgerLine[] =>
  appliedOf(lines, 'patch').filter(({ seal }) => !seals.has(seal));
