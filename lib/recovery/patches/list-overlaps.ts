import type { z } from 'zod';
import { PATCH_STATES, type PatchOverlap } from '#lib/patch/patch';
import { PATCH_EDGES, UNDER_WAY } from '#lib/patch/state';
import { permit } from '#lib/recovery/access/permit';
import { candidates, overlapsWith } from '#lib/recovery/patches/overlapping';
import { findPatchPlace, readPatchFiles } from '#lib/recovery/patches/patch-files';
import type { PatchInput } from '#lib/recovery/patches/read-patch';
import type { Context } from '#lib/recovery/setup/context';

/** More of them are no news to whoever reviews. */
const SHOWN = 5;
const OPEN = PATCH_EDGES.withdraw.from;

/**
 * The other patches that are reviewed, approved or being written and have rows of this one: only one of them can be
 * written. Told from the patches' files; the live store is not asked. None of a patch that is open no more. Failures:
 * not_found, run.incomplete, patch.damaged.
 */
export async function listOverlaps(
  context: Context,
  { id }: z.output<typeof PatchInput>,
): Promise<{ overlaps: PatchOverlap[] }> {
  permit(context.actor, 'incident.read');
  const place = await findPatchPlace(context.store, id);
  if (!OPEN.some((state) => state === place.state)) return { overlaps: [] };
  const others = await candidates(context.store, {
    where: { id: { not: id }, state: { in: [...OPEN, ...UNDER_WAY] } },
  });
  const found = await overlapsWith(context, await readPatchFiles(place), others, SHOWN);
  return {
    overlaps: found.flatMap(({ other, overlap }) => {
      const state = PATCH_STATES.find((one) => one === other.state);
      if (state === undefined) return [];
      const incident = `INC-${other.incident.number}`;
      return [{ id: other.id, number: other.number, incident, state, ...overlap }];
    }),
  };
}
