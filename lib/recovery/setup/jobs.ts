import { fromPrisma, PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { type RecordsLimits, recordsConnection } from '#lib/adapters/store/records-connection';

/** The kinds of work that the worker does. A job's payload is the id of the record that it works on. */
export const JOB_KINDS = ['survey', 'preview', 'test', 'rehearse', 'apply', 'verify'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** How a kind is queued: attempts after a crash of the worker, and the seconds between them. */
const QUEUES: Readonly<Record<JobKind, { readonly retryLimit: number; readonly retryDelay: number }>> = {
  survey: { retryLimit: 1, retryDelay: 1 },
  preview: { retryLimit: 1, retryDelay: 1 },
  test: { retryLimit: 1, retryDelay: 1 },
  // it locks rows of the live store: only a person asks for it again
  rehearse: { retryLimit: 0, retryDelay: 1 },
  // an apply is settled by the ledger of the target, so that trying again is always safe
  apply: { retryLimit: 20, retryDelay: 1 },
  verify: { retryLimit: 5, retryDelay: 1 },
};
/**
 * A worker that says nothing for this long, by the database's clock, is taken for dead, and its job is given out again.
 * One that is known to be gone has its jobs given back at once: lib/recovery/jobs/job-leases.ts.
 */
const HEARTBEAT_SECONDS = 10;
const BEAT_SECONDS = 2;
const LOOK_SECONDS = 2;
const LONGEST_SECONDS = 23 * 3600;

const Payload = z.object({ id: z.string() });

/** `jobId` is the queue's own name for it. */
export type JobWork = (id: string, signal: AbortSignal, jobId: string) => Promise<void>;

/** The queue of jobs, in the database of Recount's own records. */
export type Jobs = {
  /**
   * Queues a job for a record, unless one is queued or running for it. With `tx` it is queued exactly when that
   * transaction commits, so that no record waits for a job that was never queued.
   */
  enqueue(kind: JobKind, id: string, tx?: StoreTransaction): Promise<void>;
  /** Takes jobs of a kind, one at a time. A `work` that throws is tried again, as its kind allows. */
  work(kind: JobKind, work: JobWork): Promise<void>;
  /** True while a job for this record is queued or runs. */
  isPending(kind: JobKind, id: string): Promise<boolean>;
  /** Takes a job from the worker that has it, to be given out again as its kind allows. Nothing where nobody has it. */
  giveBack(kind: JobKind, jobId: string): Promise<void>;
  /** Takes no new jobs, waits at most `graceMs` for those that run, and closes. */
  close(graceMs: number): Promise<void>;
};

/**
 * Opens the queue. `worker` also looks after it (jobs of dead workers, old jobs); `sender` only queues.
 * Throws the database's error when it cannot be reached.
 */
export async function openJobs(
  url: string,
  role: 'worker' | 'sender',
  limits?: RecordsLimits,
): Promise<Jobs> {
  const works = role === 'worker';
  const boss = new PgBoss({
    ...recordsConnection(url, `recount ${role}`, limits),
    max: works ? 6 : 2,
    supervise: works,
    superviseIntervalSeconds: LOOK_SECONDS,
    monitorIntervalSeconds: LOOK_SECONDS,
    schedule: false,
    useListenNotify: works,
  });
  boss.on('error', (error) => console.error(`jobs: ${error.message}`));
  await boss.start();
  for (const kind of JOB_KINDS) {
    const options = {
      notify: true,
      expireInSeconds: LONGEST_SECONDS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      ...QUEUES[kind],
    };
    await boss.createQueue(kind, { policy: 'exclusive', ...options });
    // a queue that an earlier version made keeps its own options otherwise
    if (works) await boss.updateQueue(kind, options);
  }
  return {
    enqueue: async (kind, id, tx) => {
      await boss.send(
        kind,
        { id },
        { singletonKey: id, ...(tx === undefined ? {} : { db: fromPrisma(tx) }) },
      );
    },
    work: async (kind, work) => {
      await boss.work(
        kind,
        {
          batchSize: 1,
          pollingIntervalSeconds: 1,
          notifyPollingIntervalSeconds: 5,
          heartbeatRefreshSeconds: BEAT_SECONDS,
        },
        async ([job]) => {
          if (job !== undefined) await work(Payload.parse(job.data).id, job.signal, job.id);
        },
      );
    },
    isPending: async (kind, id) => {
      const jobs = await boss.findJobs(kind, { key: id });
      return jobs.some((job) => ['created', 'retry', 'active'].includes(job.state));
    },
    giveBack: async (kind, jobId) => {
      const [job] = await boss.findJobs(kind, { id: jobId });
      if (job?.state !== 'active') return;
      const attempt = { id: jobId, retryCount: job.retryCount };
      await boss.fail(kind, attempt, { message: 'the worker that had it is gone' });
    },
    close: async (graceMs) => {
      await boss.stop({ graceful: graceMs > 0, timeout: graceMs, close: true });
    },
  };
}
