import { z } from 'zod';
import { ledgerScript } from '#lib/adapters/live/postgres/ledger-script';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { findLiveStore } from '#lib/recovery/live-stores/describe-live-table';
import { addressOf } from '#lib/recovery/live-stores/test-live-store';
import { findPatchPlace } from '#lib/recovery/patches/patch-files';
import type { Context } from '#lib/recovery/setup/context';

export const LedgerSqlInput = z.object({ id: z.uuid() });

/**
 * The script by which a DBA makes the ledger in a live store, for the role that Recount signs in with. Opens nothing.
 * Failure not_found, also for a file, which has its ledger beside it.
 */
export async function downloadLedgerSql(
  context: Context,
  { id }: z.output<typeof LedgerSqlInput>,
): Promise<Response> {
  permit(context.actor, 'live_store.use');
  const record = await findLiveStore(context, id);
  if (record.kind === 'file') {
    throw new Failure('not_found', 'A file has its ledger beside it; the first apply makes it.');
  }
  return new Response(ledgerScript(addressOf(context, record).user), {
    headers: {
      'Content-Type': 'application/sql; charset=utf-8',
      'Content-Disposition': 'attachment; filename="recount-ledger.sql"',
    },
  });
}

/** The same, of the live store that a patch is for. */
export async function downloadPatchLedgerSql(
  context: Context,
  { id }: z.output<typeof LedgerSqlInput>,
): Promise<Response> {
  permit(context.actor, 'live_store.use');
  const { runId } = await findPatchPlace(context.store, id);
  const { liveStoreId } = await context.store.run.findUniqueOrThrow({ where: { id: runId } });
  if (liveStoreId === null) throw new Failure('live.not_found', 'The live store of this patch is not known.');
  return downloadLedgerSql(context, { id: liveStoreId });
}
