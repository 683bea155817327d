import { z } from 'zod';
import { Failure } from '#lib/base/failure';
import type { LiveTable } from '#lib/patch/live-store';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';
import { planFolderOf } from '#lib/recovery/setup/incident-places';
import { filePlace, LIVE_VARIABLE, type LiveRecord } from '#lib/recovery/setup/live-address';
import { openRecordedStore } from '#lib/recovery/setup/open-recorded-store';

export const LiveTableInput = z.object({ id: z.uuid(), name: z.string().max(1_000) });

/** Columns, keys and warnings of a live table. A file is its only table. Failures: not_found, live.*. */
export async function describeLiveTable(
  context: Context,
  { id, name }: z.output<typeof LiveTableInput>,
): Promise<LiveTable> {
  permit(context.actor, 'live_store.use');
  return describeStore(context, await findLiveStore(context, id), name);
}

/** A live store's record. Failure not_found. */
export async function findLiveStore({ store }: Context, id: string): Promise<LiveRecord & { name: string }> {
  const record = await store.liveStore.findUnique({ where: { id } });
  if (record !== null) return record;
  throw new Failure('not_found', 'There is no such live store.', { fix: 'Choose another.' });
}

/** Describes a table of a live store; `table` null or its name for a file. */
export async function describeStore(
  context: Context,
  record: LiveRecord,
  table: string | null,
): Promise<LiveTable> {
  const isFile = record.kind === 'file';
  const store = isFile ? filePlace(context.env, record.config).full : `\${${LIVE_VARIABLE}}`;
  const live = await openRecordedStore(context, record, {
    store,
    table: isFile ? null : table,
    folder: planFolderOf(context.env, store),
    timezone: 'UTC',
  });
  try {
    const described = await live.describe();
    if (!isFile || table === null || table === described.name) return described;
    throw new Failure(
      'live.not_found',
      `There is no table ${table}; the file ${described.name} is one table.`,
    );
  } finally {
    await live.close();
  }
}
