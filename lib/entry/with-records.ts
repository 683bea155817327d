import path from 'node:path';
import { hasCluster } from '#lib/adapters/postgres-server/binaries';
import { prepareDatabases } from '#lib/adapters/postgres-server/databases';
import { startEmbedded } from '#lib/adapters/postgres-server/embedded';
import { requireMigrated } from '#lib/adapters/store/migrate';
import { Failure } from '#lib/base/failure';
import { refuseUnfinished } from '#lib/entry/data-dir';
import { type Env, readEnv } from '#lib/recovery/setup/env';

/** Wherever the command was called. */
const MIGRATIONS = path.join(import.meta.dirname, '../../prisma/migrations');

/**
 * Works on the records: of DATABASE_URL, or of the server that Recount brings, which is joined where it runs. Throws
 * `server.database` also where they are of another version, `restore.unfinished`.
 */
export async function withRecords<T>(work: (env: Env, url: string) => Promise<T>): Promise<T> {
  const env = readEnv();
  refuseUnfinished(env.dataDir);
  const workOn = async (url: string, known: Env = env): Promise<T> => {
    await requireMigrated(url, MIGRATIONS);
    return work(known, url);
  };
  if (env.databaseUrl !== null) return workOn(env.databaseUrl);
  const dir = path.join(env.dataDir, 'postgres');
  if (!hasCluster(dir))
    throw new Failure(
      'server.database',
      `There are no records in ${env.dataDir}, and DATABASE_URL is not set.`,
      {
        fix: 'Set DATABASE_URL, or RECOUNT_DATA_DIR to the folder that Recount runs on.',
      },
    );
  const server = await startEmbedded(dir);
  try {
    const { records, sample } = await prepareDatabases(server, dir);
    return await workOn(records, { ...env, sampleDatabaseUrl: env.sampleDatabaseUrl ?? sample });
  } finally {
    if (server.startedHere) await server.stop();
  }
}
