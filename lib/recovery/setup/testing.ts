import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestPostgres } from '#lib/adapters/postgres-server/testing';
import { openKeys } from '#lib/adapters/secrets/secret-keys';
import { openStore } from '#lib/adapters/store/client';
import { migrate } from '#lib/adapters/store/migrate';
import { ensurePerson, LOCAL_PERSON } from '#lib/adapters/store/person';
import { RECOUNT } from '#lib/recovery/access/actor';
import { type Context, closeContext } from '#lib/recovery/setup/context';
import { readEnv } from '#lib/recovery/setup/env';
import { openJobs } from '#lib/recovery/setup/jobs';
import { closeReader } from '#lib/recovery/setup/reader-session';

const DAY_MS = 86_400_000;

export type TestContext = {
  readonly context: Context;
  /** The records' database, which tests also use for live tables. */
  readonly url: string;
  /** A folder that is configured as the root `files`. */
  readonly root: string;
  close(): Promise<void>;
};

/**
 * What verbs work with, on a real server with the migrations applied, and folders that are removed at the end. `serverUrl`:
 * a server that the caller has, and may kill.
 */
export async function openTestContext(serverUrl?: string): Promise<TestContext> {
  const dir = mkdtempSync(path.join(tmpdir(), 'recount-verbs-'));
  const root = path.join(dir, 'root');
  mkdirSync(root);
  const postgres = await startTestPostgres(serverUrl);
  await migrate(postgres.url, path.resolve('prisma/migrations'));
  await ensurePerson(postgres.url, LOCAL_PERSON, 'Alex Test');
  const env = readEnv({
    RECOUNT_DATA_DIR: path.join(dir, 'data'),
    DATABASE_URL: postgres.url,
    RECOUNT_SAMPLE_DATABASE_URL: postgres.url,
    RECOUNT_ARCHIVE_ROOTS: `files=${root}`,
    RECOUNT_MEMORY_LIMIT: '512MB',
    RECOUNT_THREADS: '2',
  });
  const context: Context = {
    store: openStore(postgres.url),
    env,
    jobs: await openJobs(postgres.url, 'sender'),
    key: openKeys(env),
    // a test may take longer than a proof holds
    actor: {
      ...RECOUNT,
      id: LOCAL_PERSON,
      name: 'Alex Test',
      via: 'session',
      provedAt: new Date(Date.now() + DAY_MS),
    },
  };
  // one person does everything here; tests of approvals turn it off
  await context.store.policy.updateMany({ data: { selfApproval: true } });
  return {
    context,
    url: postgres.url,
    root,
    close: async () => {
      await closeReader();
      await closeContext(context, 0);
      await postgres.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
