import { type PostgresAddress, parseAddress } from '#lib/adapters/live/postgres/address';
import { testConnection } from '#lib/adapters/live/postgres/browse';
import { requireListed } from '#lib/adapters/live/postgres/live-hosts';
import { withoutNetwork } from '#lib/adapters/live/postgres/sql-error';
import { theLog } from '#lib/adapters/log/log';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { describeStore } from '#lib/recovery/live-stores/describe-live-table';
import { type LiveStoreInput, recordOf } from '#lib/recovery/live-stores/live-input';
import { clusterIdentity } from '#lib/recovery/live-stores/store-identity';
import type { Context } from '#lib/recovery/setup/context';
import { LiveConfig, type LiveRecord, postgresAddress } from '#lib/recovery/setup/live-address';

/** What a test of a live store found; a store that can't be reached is a failure, not a result. */
export type TestedStore = {
  readonly ok: true;
  readonly product: string;
  readonly latencyMs: number;
  /** The account or the server lets nothing be written. */
  readonly readOnly: boolean;
};

/** Tries a live store without saving it: for persons, no program looks around that way. Failures: access.forbidden, live.*, archive.outside_roots, plan.field.invalid. */
export async function testLiveStore(context: Context, input: LiveStoreInput): Promise<TestedStore> {
  permit(context.actor, 'live_store.test');
  const record = await recordOf(context, input);
  if (record.kind === 'postgres') return (await testPostgres(context, record)).tested;
  const startedMs = performance.now();
  const { product, notWritable } = await describeStore(context, record, null);
  const latencyMs = Math.round((performance.now() - startedMs) * 10) / 10;
  return { ok: true, product, latencyMs, readOnly: notWritable.length > 0 };
}

/**
 * Signs in to a PostgreSQL store; also what it is: lib/recovery/live-stores/store-identity.ts. Failures live.forbidden,
 * live.unreachable: nobody learns from it what else answers in the network; the log has the reason.
 */
export async function testPostgres(
  context: Context,
  record: LiveRecord,
): Promise<{ readonly tested: TestedStore; readonly identity: string | null }> {
  const address = addressOf(context, record);
  if ('host' in LiveConfig.parse(record.config)) await requireListed(address, context.env.liveHosts);
  const { product, latencyMs, readOnly, ...cluster } = await testConnection(address).catch(
    (error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      theLog().warn('a live store could not be reached', { why: error.message });
      throw withoutNetwork(error, address);
    },
  );
  return { tested: { ok: true, product, latencyMs, readOnly }, identity: clusterIdentity(cluster) };
}

/** The address of a PostgreSQL store as its adapter takes it. */
export function addressOf(context: Context, record: LiveRecord): PostgresAddress {
  const address = postgresAddress(context, record);
  return typeof address === 'string' ? parseAddress(address) : address;
}
