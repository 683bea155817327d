import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { z } from 'zod';
import { writeUndoFiles } from '#lib/adapters/duckdb/undo-files';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { holdIncidentOf, holdPatch } from '#lib/adapters/store/hold-patch';
import { Failure } from '#lib/base/failure';
import type { PatchHeader, PatchView } from '#lib/patch/patch';
import type { UndoOutlook } from '#lib/patch/rehearsal';
import { WRITTEN } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { changeUnlessBound, type RefuseBound } from '#lib/recovery/patches/bound-patches';
import { addedTo, type PatchPlace } from '#lib/recovery/patches/patch-files';
import { PatchFacts, readPatchView } from '#lib/recovery/patches/patch-record';
import { refusalOf, touchIncident } from '#lib/recovery/patches/patch-refusal';
import { findUndoable, outlookOf, refuseOpenUndo, withUndone } from '#lib/recovery/patches/undo-outlook';
import { refuseErasedPatch } from '#lib/recovery/retention/erased';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { openIncidentStore } from '#lib/recovery/setup/open-incident-store';
import { patchFolder } from '#lib/recovery/setup/places';

export const ProposeUndoInput = z.object({
  id: z.uuid(),
  choice: z.enum(['all', 'unmoved']),
  reason: z.string().trim().min(1, 'say why it is put back').max(2000),
});
type Input = z.output<typeof ProposeUndoInput>;

/** An undo's files, before it is recorded. */
type Made = {
  readonly id: string;
  readonly dir: string;
  readonly header: PatchHeader;
  readonly facts: PatchFacts;
};

/**
 * Makes the undo of an applied patch: a patch of its own, with its own rows, seal, approval and apply. `all` puts every
 * row back and is refused where one moved since; `unmoved` leaves those that moved as they are. Failures: not_found,
 * patch.state, patch.overlap, patch.stale, patch.nothing, patch.not_applied, patch.damaged, live.*.
 */
export async function proposeUndo(context: Context, input: Input): Promise<PatchView> {
  permit(context.actor, 'patch.propose');
  const place = await findUndoable(context, input.id);
  const id = randomUUID();
  const dir = patchFolder(context.env, id);
  await mkdir(dir, { recursive: true });
  let isRecorded = false;
  try {
    const made = await withUndone(context, place, [dir], async (session, patch) => {
      const leftOut = leftOutOf(await outlookOf(context, place, patch), input.choice);
      const from = { dir: place.dir, header: patch.header };
      const to = { dir, id, author: context.actor.name, createdAt: isoOf(new Date()) };
      const { header, net } = await writeUndoFiles(session, from, { ...to, choice: input.choice, leftOut });
      return { id, dir, header, facts: await factsOf(context, place, header, net, input) };
    });
    await changeUnlessBound(context, { id }, (tx, refuseBound) =>
      record(context, tx, refuseBound, place, made, input),
    );
    isRecorded = true;
  } finally {
    if (!isRecorded) await rm(dir, { recursive: true, force: true });
  }
  return readPatchView(context.store, id);
}

const SHOWN = 20;

function leftOutOf(
  { rows, unmoved, moved, movedSeqs }: UndoOutlook,
  choice: Input['choice'],
): readonly number[] {
  if (choice === 'all') {
    if (movedSeqs.length === 0) return [];
    throw new Failure(
      'patch.stale',
      `${movedSeqs.length} of ${rows} rows do not hold any more what the patch wrote; all together they are not put back.`,
      {
        fix: 'Put back only the rows that have not moved, or preview again and correct what is wrong.',
        details: { rows: moved.slice(0, SHOWN).map(({ key }) => key.join(', ')) },
      },
    );
  }
  if (unmoved > 0) return movedSeqs;
  throw new Failure('patch.nothing', 'No row still holds what the patch wrote.', {
    fix: 'Preview again and correct what is wrong.',
  });
}

async function factsOf(
  context: Context,
  { id, runId }: PatchPlace,
  header: PatchHeader,
  net: PatchFacts['net'],
  { choice, reason }: Input,
): Promise<PatchFacts> {
  const { facts } = await context.store.patch.findUniqueOrThrow({ where: { id } });
  const { target, tableRows, columns } = PatchFacts.parse(facts);
  const live = await openIncidentStore(context, runId, header);
  try {
    const leftOut = header.undoes?.leftOut.length ?? 0;
    const undo = { choice, leftOut, reason };
    const sql = live.reviewSql(header);
    const added = addedTo(header);
    return { target, tableRows, columns, added, net: [...net], blockedBy: [], sql, undo };
  } finally {
    await live.close();
  }
}

async function record(
  context: Context,
  tx: StoreTransaction,
  refuseBound: RefuseBound,
  place: PatchPlace,
  { id, dir, header, facts }: Made,
  { choice, reason }: Input,
): Promise<void> {
  const { actor } = context;
  await holdIncidentOf(tx, place.id);
  await holdPatch(tx, place.id);
  const isWritten = { id: place.id, seal: place.seal, state: { in: [...WRITTEN] } };
  if ((await tx.patch.count({ where: isWritten })) === 0) throw await refusalOf(tx, place.id, null);
  await refuseErasedPatch(tx, place.id);
  await refuseOpenUndo(tx, place.id);
  await refuseBound(tx, { dir, header });
  const { updates, inserts, deletes } = header.counts;
  const { incidentId, runId } = place;
  await tx.patch.create({
    data: {
      id,
      dir,
      incidentId,
      runId,
      undoesId: place.id,
      seal: header.seal,
      author: actor.id,
      facts,
      updates,
      inserts,
      deletes,
      authors: { create: { personId: actor.id } },
    },
  });
  await touchIncident(tx, incidentId);
  const leftOut = header.undoes?.leftOut.length ?? 0;
  await writeAudit(tx, {
    actor,
    action: 'patch.propose_undo',
    incidentId,
    subject: `patch ${id}`,
    detail: { seal: header.seal, number: place.number, choice, reason, updates, inserts, deletes, leftOut },
  });
}
