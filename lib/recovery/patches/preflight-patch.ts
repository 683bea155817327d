import type { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { Preflight } from '#lib/patch/rehearsal';
import { permit } from '#lib/recovery/access/permit';
import { findPatchPlace, readPatchFiles } from '#lib/recovery/patches/patch-files';
import type { PatchInput } from '#lib/recovery/patches/read-patch';
import { oneLook } from '#lib/recovery/setup/at-once';
import type { Context } from '#lib/recovery/setup/context';
import { openIncidentStore } from '#lib/recovery/setup/open-incident-store';
import { within } from '#lib/recovery/setup/within';

const LIMIT_MS = 10_000;

/**
 * Looks at the live store, now, for what an apply of this patch would meet; changes nothing there. Failures: not_found,
 * run.incomplete, patch.damaged, live.unreachable (also after ten seconds without an answer), live.*,
 * work.too_much.
 */
export async function preflightPatch(
  context: Context,
  { id }: z.output<typeof PatchInput>,
): Promise<Preflight> {
  permit(context.actor, 'patch.rehearse');
  const place = await findPatchPlace(context.store, id);
  const { header } = await readPatchFiles(place);
  const found = await oneLook(context.actor.id, async () => {
    const live = await openIncidentStore(context, place.runId, header);
    return within(LIMIT_MS, 'The live store', live.preflight(header), () => live.close());
  });
  await context.store.$transaction((tx) =>
    writeAudit(tx, {
      actor: context.actor,
      action: 'patch.preflight',
      incidentId: place.incidentId,
      subject: `patch ${id}`,
      detail: { stops: names(found, 'stop'), warnings: names(found, 'warning') },
    }),
  );
  return found;
}

const names = ({ checks }: Preflight, state: 'stop' | 'warning'): string[] =>
  checks.filter((one) => one.state === state).map(({ check }) => check);
