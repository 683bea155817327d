import { userInfo } from 'node:os';
import path from 'node:path';
import { prepareDatabases } from '#lib/adapters/postgres-server/databases';
import { startEmbedded } from '#lib/adapters/postgres-server/embedded';
import { migrate } from '#lib/adapters/store/migrate';
import { ensurePerson, LOCAL_PERSON } from '#lib/adapters/store/person';
import type { Env } from '#lib/recovery/setup/env';

/** The database of Recount's own records, ready for use. */
export type Records = {
  readonly databaseUrl: string;
  readonly sampleDatabaseUrl: string | null;
  /** What to tell the person who starts it. */
  readonly words: string;
  /** Ends the embedded server; leaves a server of the operator's own alone. */
  stop(): Promise<void>;
};

/** Starts the embedded server unless DATABASE_URL names one, and brings the records up to date. */
export async function openRecords(env: Env): Promise<Records> {
  const records =
    env.databaseUrl === null ? await openEmbedded(env) : ownServer(env.databaseUrl, env.sampleDatabaseUrl);
  try {
    await migrate(records.databaseUrl, path.resolve('prisma/migrations'));
    await ensurePerson(records.databaseUrl, LOCAL_PERSON, accountName());
    return records;
  } catch (error) {
    await records.stop();
    throw error;
  }
}

async function openEmbedded(env: Env): Promise<Records> {
  const dir = path.join(env.dataDir, 'postgres');
  const server = await startEmbedded(dir);
  const urls = await prepareDatabases(server, dir);
  return {
    databaseUrl: urls.records,
    sampleDatabaseUrl: env.sampleDatabaseUrl ?? urls.sample,
    words: `embedded PostgreSQL on port ${server.port}`,
    stop: () => server.stop(),
  };
}

function ownServer(databaseUrl: string, sampleDatabaseUrl: string | null): Records {
  return { databaseUrl, sampleDatabaseUrl, words: 'the PostgreSQL of DATABASE_URL', stop: async () => {} };
}

/** The name that stands in ledgers and reports until people can sign in. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return LOCAL_PERSON; // an account without an entry, as in some containers
  }
}
