import { readOrMakeKey } from '#lib/adapters/secrets/secret-box';
import { closeStore, openStore, type Store } from '#lib/adapters/store/client';
import { LOCAL_PERSON } from '#lib/adapters/store/person';
import { Failure } from '#lib/base/failure';
import { type Env, readEnv } from '#lib/recovery/setup/env';
import { type Jobs, openJobs } from '#lib/recovery/setup/jobs';

/** Who acts. One person for now, `local`; people come with signing in. */
export type Actor = { readonly id: string; readonly name: string };

/** What a verb works with. */
export type Context = {
  readonly store: Store;
  readonly env: Env;
  readonly jobs: Jobs;
  /** Seals and opens the passwords of live stores. */
  readonly key: Buffer;
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
  const key = readOrMakeKey(env.secretKeyFile);
  const store = openStore(env.databaseUrl);
  const person = await store.person.findUnique({ where: { id: LOCAL_PERSON } });
  const jobs = await openJobs(env.databaseUrl, role);
  return { store, env, jobs, key, actor: { id: LOCAL_PERSON, name: person?.name ?? LOCAL_PERSON } };
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
