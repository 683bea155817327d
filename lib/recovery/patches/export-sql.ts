import { Readable } from 'node:stream';
import { z } from 'zod';
import { openSealedPatch } from '#lib/adapters/duckdb/sealed-patch';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { holdPatch } from '#lib/adapters/store/hold-patch';
import { isStartable } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { requireStepUp, spendStepUp } from '#lib/recovery/access/step-up';
import { refuseChangedArchive } from '#lib/recovery/method/apply';
import { Seal } from '#lib/recovery/patches/approve-patch';
import { findPatchPlace, type PatchPlace } from '#lib/recovery/patches/patch-files';
import { refusalOf } from '#lib/recovery/patches/patch-refusal';
import { signaturesOf } from '#lib/recovery/patches/signatures';
import type { Context } from '#lib/recovery/setup/context';
import { openIncidentStore } from '#lib/recovery/setup/open-incident-store';
import { archiveFolders } from '#lib/recovery/setup/places';
import { openWork } from '#lib/recovery/setup/wiring';

export const ExportPatchInput = z.object({ id: z.uuid(), seal: Seal });

/**
 * An approved patch as one SQL file that a DBA runs; Recount finds in the target's ledger that it was. The same seal is let
 * in once, by whichever way it comes first. It asks for what an apply asks for: the seal, a proof, approvals that count now,
 * and the archive as it was. Failures: archive.changed, access.prove, not_found, patch.seal, patch.state, patch.not_approved, patch.export (an undo; a
 * live store that takes no SQL), patch.damaged, live.*.
 */
export async function exportPatchSql(
  context: Context,
  { id, seal }: z.output<typeof ExportPatchInput>,
): Promise<Response> {
  permit(context.actor, 'patch.apply');
  await requireStepUp(context);
  const place = await findPatchPlace(context.store, id);
  if (place.undone !== null) throw new Failure('patch.export', 'An undo is written by Recount alone.');
  if (!(await isStartable(context.store, id, seal))) throw await refusalOf(context.store, id, seal);
  const text = statements(context, place);
  // what refuses the export refuses it before anything is answered
  const first = await text.next();
  try {
    await noteExport(context, place);
  } catch (error) {
    // nobody will read the rest: its session and folder are let go
    await text.return();
    throw error;
  }
  const stream = Readable.toWeb(Readable.from(encoded(first, text))) as ReadableStream;
  return new Response(stream, {
    headers: {
      'Content-Type': 'application/sql; charset=utf-8',
      'Content-Disposition': `attachment; filename="p-${place.seal.slice(0, 6)}-for-dba.sql"`,
    },
  });
}

async function* statements(context: Context, place: PatchPlace): AsyncGenerator<string, void> {
  const signatures = await signaturesOf(context, place.id);
  const session = await openWork(context.env, { folders: [place.dir], files: [] }, 'here');
  try {
    const patch = await openSealedPatch(session, place.dir, place.seal);
    await refuseChangedArchive(patch.header, archiveFolders(context.env));
    const live = await openIncidentStore(context, place.runId, patch.header);
    try {
      yield* live.exportSql(patch, signatures);
    } finally {
      await live.close();
    }
  } finally {
    await session.close();
  }
}

async function* encoded(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  if (first.done !== true) yield encoder.encode(first.value);
  for await (const part of rest) yield encoder.encode(part);
}

/** In one transaction with a last look that enough approvals of it count still. */
async function noteExport({ store, actor }: Context, { id, seal, incidentId }: PatchPlace): Promise<void> {
  await changeRecords(store, async (tx) => {
    await holdPatch(tx, id);
    if (!(await isStartable(tx, id, seal))) throw await refusalOf(tx, id, seal);
    await spendStepUp(tx, actor);
    await writeAudit(tx, {
      actor,
      action: 'patch.export',
      incidentId,
      subject: `patch ${id}`,
      detail: { seal },
    });
  });
}
