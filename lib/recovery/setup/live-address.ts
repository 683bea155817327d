import { z } from 'zod';
import { type PostgresAddress, SSL_MODES } from '#lib/adapters/live/postgres/address';
import { openSecret } from '#lib/adapters/secrets/secret-keys';
import { Bug, Failure } from '#lib/base/failure';
import { Secret } from '#lib/base/secret';
import type { Context } from '#lib/recovery/setup/context';
import type { Env } from '#lib/recovery/setup/env';
import { archivePlace, type Place } from '#lib/recovery/setup/places';
import type { Variables } from '#lib/recovery/setup/wiring';

/** The name by which a plan calls a PostgreSQL store of the page; its address comes from the record at run time. */
export const LIVE_VARIABLE = 'LIVE_DATABASE_URL';

/** A live store's `config`: where it is, without a secret. */
export const LiveConfig = z.union([
  z.object({ sample: z.literal('points') }),
  z.object({
    host: z.string(),
    port: z.number(),
    database: z.string(),
    user: z.string(),
    ssl: z.enum(SSL_MODES),
  }),
  z.object({ root: z.string(), path: z.string() }),
  z.object({ archiveId: z.uuid(), path: z.string() }),
]);
export type LiveConfig = z.output<typeof LiveConfig>;

/** A live store's record, as far as reaching it needs. */
export type LiveRecord = {
  readonly id: string;
  readonly kind: string;
  readonly config: unknown;
  readonly secret: Uint8Array | null;
};

/** The address of a PostgreSQL store, with its password. Failure live.unreachable where the password can't be opened. */
export function postgresAddress(
  { env, key }: Pick<Context, 'env' | 'key'>,
  record: LiveRecord,
): PostgresAddress | string {
  const config = LiveConfig.parse(record.config);
  if ('sample' in config) {
    if (env.sampleDatabaseUrl !== null) return env.sampleDatabaseUrl;
    throw new Failure('live.unreachable', "The sample's database is not there.", {
      fix: 'Start Recount with its own PostgreSQL, or set RECOUNT_SAMPLE_DATABASE_URL.',
    });
  }
  if (!('host' in config)) throw new Bug(`live store ${record.id} is no PostgreSQL store`);
  const password = record.secret === null ? null : new Secret(openSecret(key, record.id, record.secret));
  return { ...config, password, connectTimeoutSeconds: 10, applicationName: 'recount' };
}

/** Where a file store lies. Failures: not_found for an unknown root, archive.outside_roots. */
export function filePlace(env: Env, config: unknown): Place {
  const at = LiveConfig.parse(config);
  if ('root' in at) return archivePlace(env, at);
  if ('archiveId' in at) return archivePlace(env, { uploads: at.archiveId, path: at.path });
  throw new Bug('this live store is no file');
}

/** What stands for `${…}` in a plan whose live store is this record. The values are secrets. */
export function liveVariables(context: Pick<Context, 'env' | 'key'>, record: LiveRecord): Variables {
  return (name) =>
    name === LIVE_VARIABLE && record.kind === 'postgres'
      ? addressUrl(postgresAddress(context, record))
      : undefined;
}

function addressUrl(address: PostgresAddress | string): string {
  if (typeof address === 'string') return address;
  const { host, port, database, user, password, ssl } = address;
  const name = encodeURIComponent;
  const account = password === null ? name(user) : `${name(user)}:${name(password.reveal())}`;
  const at = host.includes(':') ? `[${host}]` : name(host);
  return `postgres://${account}@${at}:${port}/${name(database)}?sslmode=${ssl}`;
}
