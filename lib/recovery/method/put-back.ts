import { openSealedPatch } from '#lib/adapters/duckdb/sealed-patch';
import { compareUndone } from '#lib/adapters/duckdb/undo-verify';
import { Failure } from '#lib/base/failure';
import type { ApplyOptions, ApplyStatus, LedgerLine, RehearseOptions } from '#lib/patch/live-store';
import type { PatchHeader, SealedPatch, Verification } from '#lib/patch/patch';
import type { Rehearsal } from '#lib/patch/rehearsal';
import { type PatchPlaces, undo } from '#lib/recovery/method/apply';

// An undo as a patch of its own: sealed like one, put back by the pre-images that the ledger has of the undone patch.

/** Where an undo is, and the folder of the patch that it puts back. */
export type UndoPlaces = PatchPlaces & { readonly undoneDir: string };

type OpenUndo = {
  readonly header: PatchHeader;
  readonly undone: SealedPatch;
  readonly leaveOut: readonly number[];
};

/** Opens both patches, the rows of each sealed again. Failures: patch.seal, patch.damaged, run.incomplete. */
async function openUndo({ session, dir, undoneDir }: UndoPlaces, seal: string | null): Promise<OpenUndo> {
  const { header } = await openSealedPatch(session, dir, seal);
  const { undoes } = header;
  if (undoes === undefined) throw new Failure('patch.damaged', `The patch in ${dir} is no undo.`);
  const undone = await openSealedPatch(session, undoneDir, undoes.seal);
  return { header, undone, leaveOut: undoes.leftOut };
}

/**
 * Puts back exactly the rows of a sealed undo, once, or nothing. Failures: patch.seal, patch.damaged, and those of
 * `LiveStore.undo`.
 */
export async function applyUndo(
  places: UndoPlaces,
  seal: string,
  options: ApplyOptions,
): Promise<ApplyStatus> {
  const { header, undone, leaveOut } = await openUndo(places, seal);
  const at = { ...places, dir: places.undoneDir };
  const signatures = { ...options.signatures, undoSeal: seal };
  const status = await undo(at, undone.header.seal, { ...options, signatures, leaveOut });
  if (status === 'already_undone' && !(await isPutBackBy(places, header))) throw undoneOtherwise();
  return STATUS[status];
}

const undoneOtherwise = (): Failure =>
  new Failure(
    'patch.undone_otherwise',
    'Another undo put the patch back before this one, and not the same rows. This one wrote nothing.',
  );

/**
 * Whether the undo that the ledger has is this one, or put back the same: the ledger takes one undo of a patch, and which
 * rows it left out is known only of the same seal. `header`: of the undo.
 */
export async function isPutBackBy(
  { live }: Pick<PatchPlaces, 'live'>,
  { seal, undoes }: PatchHeader,
): Promise<boolean> {
  const line = await undoLine(live, undoes?.seal ?? '');
  if (line === null || line.undoSeal === seal) return true;
  return line.leftOut === 0 && undoes?.leftOut.length === 0;
}

async function undoLine(live: PatchPlaces['live'], undoneSeal: string): Promise<LedgerLine | null> {
  const lines = await live.ledgerEntries();
  return (
    lines.findLast(
      ({ kind, outcome, seal }) => kind === 'undo' && outcome === 'applied' && seal === undoneSeal,
    ) ?? null
  );
}

const STATUS = {
  undone: 'applied',
  already_undone: 'already_applied',
  nothing_to_apply: 'nothing_to_apply',
} as const;

/** When and in which transaction the ledger says that it was put back; null where it cannot be told. */
export async function undoneAt(
  { live }: Pick<PatchPlaces, 'live'>,
  undoneSeal: string,
): Promise<string | null> {
  return (await undoLine(live, undoneSeal))?.at ?? null;
}

/** Compares the live rows with what the undo put back. Failures: patch.not_applied, patch.damaged, live.*. */
export async function verifyUndo(places: UndoPlaces): Promise<Verification> {
  const { header, undone } = await openUndo(places, null);
  const { outcome } = await places.live.ledger(undone.header);
  if (outcome !== 'undone')
    throw new Failure('patch.not_applied', 'The live store has not undone this patch.');
  return compareUndone(places.session, places.live, places.dir, header);
}

/** Does the undo up to its COMMIT and rolls it back. Failures: patch.seal, patch.damaged, run.cancelled, live.*. */
export async function rehearseUndo(
  places: UndoPlaces,
  seal: string,
  options: RehearseOptions,
): Promise<Rehearsal> {
  const { undone, leaveOut } = await openUndo(places, seal);
  return places.live.rehearse(undone, { ...options, undo: { leaveOut } });
}
