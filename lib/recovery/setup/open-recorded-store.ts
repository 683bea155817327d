import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '#lib/base/failure';
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
  context: Pick<Context, 'env' | 'key'>,
  record: LiveRecord,
  at: LiveStoreAt,
): Promise<LiveStore> {
  await requireRecordedFile(context, record, at);
  return await openLiveStore(at, liveVariables(context, record));
}

/**
 * A file that a plan or a patch names must be the one that was chosen, and that must still lie where files may be read:
 * links and settings may have changed since. No check for a database. Failures: live.not_found, archive.outside_roots.
 */
export async function requireRecordedFile(
  { env }: Pick<Context, 'env'>,
  record: LiveRecord,
  at: Pick<LiveStoreAt, 'store' | 'folder'>,
): Promise<void> {
  if (record.kind !== 'file') return;
  const place = filePlace(env, record.config);
  const chosen = await withinPlace(place, 'live.not_found');
  const named = await realpath(resolve(at.folder, at.store)).catch(() => null);
  if (named === chosen) return;
  throw new Failure(
    'archive.outside_roots',
    `The patch is of ${at.store}, which is not the file that ${place.words} is now; it is not opened.`,
    { fix: 'Preview again: the new patch is of the file that is there now.' },
  );
}
