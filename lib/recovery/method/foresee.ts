import { openSealedPatch } from '#lib/adapters/duckdb/sealed-patch';
import { Failure } from '#lib/base/failure';
import type { ApplyOptions, RehearseOptions, UndoStatus } from '#lib/patch/live-store';
import type { Signatures } from '#lib/patch/patch';
import type { Rehearsal, UndoOutlook } from '#lib/patch/rehearsal';
import { type PatchPlaces, refuseBlocked, refuseChangedArchive, undo } from '#lib/recovery/method/apply';

/**
 * Does an apply of exactly the sealed patch up to its COMMIT, and rolls it back. Failures: patch.seal, patch.damaged,
 * run.cancelled, live.*; what the live store would refuse is in the answer.
 */
export async function rehearse(
  places: PatchPlaces,
  seal: string,
  options: RehearseOptions,
): Promise<Rehearsal> {
  return places.live.rehearse(await openSealedPatch(places.session, places.dir, seal), options);
}

/**
 * Puts back the rows that still hold what the patch wrote, and leaves the others. A row that moves in between stops it.
 * Failures: as `undo`.
 */
export async function undoUnmoved(
  places: PatchPlaces,
  seal: string,
  options: ApplyOptions,
): Promise<{ readonly status: UndoStatus; readonly outlook: UndoOutlook | null }> {
  const patch = await openSealedPatch(places.session, places.dir, seal);
  const { outcome } = await places.live.ledger(patch.header);
  // what is undone already answers so by itself
  if (outcome !== 'applied') return { status: await undo(places, seal, options), outlook: null };
  const outlook = await places.live.undoOutlook(patch);
  const status = await undo(places, seal, { ...options, leaveOut: outlook.movedSeqs });
  return { status, outlook };
}

/**
 * The sealed patch as one SQL file, in pieces. What stops an apply stops it too. Failures: patch.seal, patch.damaged,
 * patch.blocked, archive.changed, patch.export, patch.nothing, patch.state (applied or undone before), live.*.
 */
export async function* exportSql(
  places: PatchPlaces,
  seal: string,
  options: { readonly signatures: Signatures; readonly archiveCheck: boolean },
): AsyncGenerator<string> {
  const patch = await openSealedPatch(places.session, places.dir, seal);
  refuseBlocked(patch.header);
  const { outcome } = await places.live.ledger(patch.header);
  if (outcome !== 'none')
    throw new Failure('patch.state', `The ledger says that this patch was ${outcome}; nothing is exported.`);
  if (options.archiveCheck) await refuseChangedArchive(patch.header, undefined);
  yield* places.live.exportSql(patch, options.signatures);
}
