import type { LiveStore } from '#lib/patch/live-store';
import type { Context } from '#lib/recovery/setup/context';
import { filePlace, type LiveRecord, liveVariables } from '#lib/recovery/setup/live-address';
import { withinPlace } from '#lib/recovery/setup/places';
import { type LiveStoreAt, openLiveStore } from '#lib/recovery/setup/wiring';

/**
 * Opens a live store by its record, as a plan names it: the address and the password come from the record, never from
 * the plan. A file must still lie where it may be read. The caller closes it. Failures: live.*, not_found,
 * archive.outside_roots.
 */
export async function openRecordedStore(
  context: Context,
  record: LiveRecord,
  at: LiveStoreAt,
): Promise<LiveStore> {
  if (record.kind === 'file') await withinPlace(filePlace(context.env, record.config), 'live.not_found');
  return openLiveStore(at, liveVariables(context, record));
}
