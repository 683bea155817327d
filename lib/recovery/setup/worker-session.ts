import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { WORKER_LOCK } from '#lib/adapters/store/job-leases';
import { type RecordsLimits, recordsConnection } from '#lib/adapters/store/records-connection';

/** A worker's sign of life: a session in the records' database that holds the lock of its number. */
export type WorkerSession = {
  readonly worker: number;
  /** Lets go: what is noted under this number counts as given up. */
  close(): Promise<void>;
};

const PAUSE_MS = 1_000;
/** How often it is asked whether it is there: a silent network tells nobody that it is not. */
const ASK_MS = 5_000;
const LARGEST = 2 ** 31 - 1;

/**
 * Opens it; opens it again, under the same number, whenever the database was away. PostgreSQL gives the lock up when the
 * process is gone, however it ended. Throws the database's error where it cannot be reached at first.
 */
export async function openWorkerSession(url: string, limits?: RecordsLimits): Promise<WorkerSession> {
  const worker = randomInt(1, LARGEST);
  const closing = new AbortController();
  let client = await connect(url, worker, onLost, limits);

  function onLost(): void {
    if (!closing.signal.aborted) void again();
  }
  async function again(): Promise<void> {
    while (!closing.signal.aborted) {
      await sleep(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return;
      try {
        client = await connect(url, worker, onLost, limits);
        return;
      } catch (error) {
        console.error(
          `worker: its session is not open again: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  }
  let isAsking = false;
  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    const answered = () => {
      isAsking = false;
    };
    // what is wrong ends the connection, and `onLost` follows
    client.query('select 1').then(answered, answered);
  }, ASK_MS);
  return {
    worker,
    close: async () => {
      closing.abort();
      clearInterval(timer);
      await client.end().catch(() => undefined);
    },
  };
}

/** The server may not know yet that an earlier session of this worker is dead, and keep the lock for it. */
const END_EARLIER = `
  select pg_terminate_backend(pid) from pg_locks
   where locktype = 'advisory' and objsubid = 2 and classid = $1::int8::oid and objid = $2::int8::oid
     and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()`;

async function connect(
  url: string,
  worker: number,
  onLost: () => void,
  limits: RecordsLimits | undefined,
): Promise<pg.Client> {
  const client = new pg.Client(recordsConnection(url, 'recount worker session', limits));
  client.on('error', () => undefined); // 'end' follows
  await client.connect();
  try {
    await client.query(END_EARLIER, [WORKER_LOCK, worker]);
    await client.query('select pg_advisory_lock($1::int, $2::int)', [WORKER_LOCK, worker]);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  client.once('end', onLost);
  return client;
}
