import { existsSync } from 'node:fs';
import path from 'node:path';
import { prepareDatabases } from '#lib/adapters/postgres-server/databases';
import { startEmbedded } from '#lib/adapters/postgres-server/embedded';
import { Failure } from '#lib/base/failure';
import { type Env, readEnv } from '#lib/recovery/setup/env';

/** Works on the records: of DATABASE_URL, or of the server that Recount brings, which is joined where it runs. */
export async function withRecords<T>(work: (env: Env, url: string) => Promise<T>): Promise<T> {
  const env = readEnv();
  if (env.databaseUrl !== null) return work(env, env.databaseUrl);
  const dir = path.join(env.dataDir, 'postgres');
  if (!existsSync(path.join(dir, 'data')))
    throw new Failure(
      'server.database',
      `There are no records in ${env.dataDir}, and DATABASE_URL is not set.`,
      {
        fix: 'Set DATABASE_URL, or RECOUNT_DATA_DIR to the folder that Recount runs on.',
      },
    );
  const server = await startEmbedded(dir);
  try {
    return await work(env, (await prepareDatabases(server, dir)).records);
  } finally {
    if (server.startedHere) await server.stop();
  }
}
