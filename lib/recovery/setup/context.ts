import { openKeys, type SecretKeys } from '#lib/adapters/secrets/secret-keys';
import { closeStore, openStore, type Store } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { type Actor, NOBODY, RECOUNT } from '#lib/recovery/access/actor';
import { type Env, readEnv } from '#lib/recovery/setup/env';
import { type Jobs, openJobs } from '#lib/recovery/setup/jobs';

/** What a verb works with. */
export type Context = {
  readonly store: Store;
  readonly env: Env;
  readonly jobs: Jobs;
  /** Seals and opens the passwords of live stores. */
  readonly key: SecretKeys;
  /** The web process has nobody; lib/recovery/http puts in who sends a request. */
  readonly actor: Actor;
};

/** Opens records and queue. Throws `env.invalid`, `server.database`. */
export async function openContext(role: 'worker' | 'sender'): Promise<Context> {
  const env = readEnv();
  if (env.databaseUrl === null) {
    throw new Failure('env.invalid', 'DATABASE_URL is not set in this process', {
      fix: 'Start Recount with `npm start`.',
    });
  }
  const key = openKeys(env);
  const store = openStore(env.databaseUrl);
  const jobs = await openJobs(env.databaseUrl, role);
  return { store, env, jobs, key, actor: role === 'worker' ? RECOUNT : NOBODY };
}

export async function closeContext(context: Context, graceMs: number): Promise<void> {
  await context.jobs.close(graceMs);
  await closeStore(context.store);
}

// Next may load this module several times in one process (a bundle a route): the connections are kept beside it.
declare global {
  var recountContext: Promise<Context> | undefined;
}

/** The web process's context: opened once; tried again after a failure. */
export async function webContext(): Promise<Context> {
  globalThis.recountContext ??= openContext('sender');
  try {
    return await globalThis.recountContext;
  } catch (error) {
    globalThis.recountContext = undefined;
    throw error;
  }
}
