import { z } from 'zod';
import { listTables } from '#lib/adapters/live/postgres/browse';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import { permit } from '#lib/recovery/access/permit';
import { describeStore, findLiveStore } from '#lib/recovery/live-stores/describe-live-table';
import { addressOf } from '#lib/recovery/live-stores/test-live-store';
import type { Context } from '#lib/recovery/setup/context';

export const LiveTablesInput = z.object({ id: z.uuid() });

export type LiveTableRow = {
  /** As a plan names it. */
  readonly name: string;
  /** Estimated; null where unknown. */
  readonly rows: number | null;
  readonly kind: string;
  readonly writable: boolean;
};

/** The tables of a live store that its account may read. A file is one table. Failures: not_found, live.*. */
export async function listLiveTables(
  context: Context,
  { id }: z.output<typeof LiveTablesInput>,
): Promise<{ tables: LiveTableRow[] }> {
  permit(context.actor, 'live_store.use');
  const record = await findLiveStore(context, id);
  if (record.kind === 'file') {
    const { name, rows, notWritable } = await describeStore(context, record, null);
    return { tables: [{ name, rows, kind: 'file', writable: notWritable.length === 0 }] };
  }
  const tables = await listTables(addressOf(context, record));
  return {
    tables: tables.map(({ schema, table, kind, rows, writable }) => ({
      name: tableWords({ schema, table }),
      rows,
      kind,
      writable,
    })),
  };
}
