import { openSealedPatch } from '#lib/adapters/duckdb/sealed-patch';
import { compareUndone } from '#lib/adapters/duckdb/undo-verify';
import { Failure } from '#lib/base/failure';
import type { ApplyOptions, ApplyStatus, RehearseOptions } from '#lib/patch/live-store';
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
  const { undone, leaveOut } = await openUndo(places, seal);
  const at = { ...places, dir: places.undoneDir };
  const status = await undo(at, undone.header.seal, { ...options, leaveOut });
  return STATUS[status];
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
  const lines = await live.ledgerEntries();
  return (
    lines.findLast(
      ({ kind, outcome, seal }) => kind === 'undo' && outcome === 'applied' && seal === undoneSeal,
    )?.at ?? null
  );
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
