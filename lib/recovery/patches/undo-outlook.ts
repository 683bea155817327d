import type { z } from 'zod';
import { openSealedPatch } from '#lib/adapters/duckdb/sealed-patch';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { SealedPatch } from '#lib/patch/patch';
import type { UndoOutlook } from '#lib/patch/rehearsal';
import { WRITTEN } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { refuseNewer } from '#lib/recovery/patches/overlapping';
import { findPatchPlace, type PatchPlace } from '#lib/recovery/patches/patch-files';
import { refusalOf } from '#lib/recovery/patches/patch-refusal';
import type { PatchInput } from '#lib/recovery/patches/read-patch';
import { oneLook } from '#lib/recovery/setup/at-once';
import type { Context } from '#lib/recovery/setup/context';
import { openIncidentStore } from '#lib/recovery/setup/open-incident-store';
import { openWork } from '#lib/recovery/setup/wiring';
import { within } from '#lib/recovery/setup/within';
import type { Session } from '#lib/replay/session';

const LIMIT_MS = 60_000;

/** What a page needs to choose; which rows exactly is asked again when the undo is made. */
export type UndoOutlookView = Omit<UndoOutlook, 'movedSeqs'>;

/**
 * Which rows of an applied patch still hold what it wrote, asked of the live store now. Failures: not_found, patch.state,
 * patch.overlap, patch.not_applied, patch.damaged, work.too_much, live.*.
 */
export async function readUndoOutlook(
  context: Context,
  { id }: z.output<typeof PatchInput>,
): Promise<UndoOutlookView> {
  permit(context.actor, 'patch.propose');
  const place = await findUndoable(context, id);
  return oneLook(context.actor.id, () =>
    withUndone(context, place, [], async (_, patch) => {
      const { rows, unmoved, moved } = await outlookOf(context, place, patch);
      return { rows, unmoved, moved };
    }),
  );
}

/** A patch that stands in the live store and could be put back. Failures: not_found, patch.state, patch.overlap. */
export async function findUndoable(context: Context, id: string): Promise<PatchPlace> {
  const place = await findPatchPlace(context.store, id);
  if (place.undone !== null) {
    throw new Failure('patch.state', 'This patch is an undo itself.', {
      fix: 'Preview again, and send the new patch for review.',
    });
  }
  if (!WRITTEN.some((state) => state === place.state)) throw await refusalOf(context.store, id, null);
  await refuseOpenUndo(context.store, id);
  return place;
}

/** Failure patch.overlap where the patch has an undo that is not given up. */
export async function refuseOpenUndo(store: StoreTransaction, id: string): Promise<void> {
  const open = await store.patch.findFirst({
    where: { undoesId: id, state: { notIn: ['cancelled', 'failed', 'stale', 'undone', 'lost'] } },
    include: { incident: { select: { number: true } } },
  });
  if (open === null) return;
  const { number, state, incident } = open;
  throw new Failure('patch.overlap', `Patch ${number} puts this patch back already.`, {
    fix: `Go on with patch ${number}, or withdraw it first.`,
    details: { patch: { id: open.id, number, incident: `INC-${incident.number}`, state } },
  });
}

/** Opens an applied patch, its rows sealed again, in a session that may also write into `folders`. */
export async function withUndone<T>(
  { env }: Context,
  place: PatchPlace,
  folders: readonly string[],
  verb: (session: Session, patch: SealedPatch) => Promise<T>,
): Promise<T> {
  const session = await openWork(env, { folders: [place.dir, ...folders], files: [] }, 'here');
  try {
    return await verb(session, await openSealedPatch(session, place.dir, place.seal));
  } finally {
    await session.close();
  }
}

/** Asks the live store. Failures: patch.overlap, patch.not_applied, live.*. */
export async function outlookOf(
  context: Context,
  place: PatchPlace,
  patch: SealedPatch,
): Promise<UndoOutlook> {
  await refuseNewer(context, { dir: place.dir, header: patch.header }, place);
  const live = await openIncidentStore(context, place.runId, patch.header);
  return within(LIMIT_MS, 'The live store', live.undoOutlook(patch), () => live.close());
}
