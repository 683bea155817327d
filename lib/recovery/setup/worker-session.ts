import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { WORKER_LOCK } from '#lib/adapters/store/job-leases';

/** A worker's sign of life: a session in the records' database that holds the lock of its number. */
export type WorkerSession = {
  readonly worker: number;
  /** Lets go: what is noted under this number counts as given up. */
  close(): Promise<void>;
};

const PAUSE_MS = 1_000;
const LARGEST = 2 ** 31 - 1;

/**
 * Opens it; opens it again, under the same number, whenever the database was away. PostgreSQL gives the lock up when the
 * process is gone, however it ended. Throws the database's error where it cannot be reached at first.
 */
export async function openWorkerSession(url: string): Promise<WorkerSession> {
  const worker = randomInt(1, LARGEST);
  const closing = new AbortController();
  let client = await connect(url, worker, onLost);

  function onLost(): void {
    if (!closing.signal.aborted) void again();
  }
  async function again(): Promise<void> {
    while (!closing.signal.aborted) {
      await sleep(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return;
      try {
        client = await connect(url, worker, onLost);
        return;
      } catch (error) {
        console.error(
          `worker: its session is not open again: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  }
  return {
    worker,
    close: async () => {
      closing.abort();
      await client.end().catch(() => undefined);
    },
  };
}

async function connect(url: string, worker: number, onLost: () => void): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'recount worker session',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined); // 'end' follows
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1::int, $2::int)', [WORKER_LOCK, worker]);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  client.once('end', onLost);
  return client;
}
