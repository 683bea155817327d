import { databaseNow } from '#lib/adapters/store/database-clock';
import { Failure } from '#lib/base/failure';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { JOB_HANDLERS } from '#lib/recovery/jobs/job-handlers';
import type { Context } from '#lib/recovery/setup/context';
import type { JobKind } from '#lib/recovery/setup/jobs';

type Waiting = { readonly kind: JobKind; readonly id: string; readonly isStarted: boolean };

/** A record this young may be between its own transaction and its job. */
const SETTLE_MS = 10_000;
/** For so long the first comparison of an applied patch waits for a live store that is away; then its schedule has it. */
const COMPARE_MS = 24 * 3_600_000;

/**
 * Brings records and queue together again: at the start of a worker, and every minute. A record that waits
 * without a job gets one; a preview or survey that was started and has no job any more (its worker was killed
 * as often as it may be tried again) is told as failed. An apply always gets a job: the target's ledger knows
 * what happened, and the job settles it. An applied patch whose live store was away when it was to be compared is
 * compared when that is back. Answers how many records it touched.
 */
export async function reconcileJobs(
  context: Context,
  handlers: Readonly<Partial<Record<JobKind, JobHandler>>> = JOB_HANDLERS,
): Promise<number> {
  const lost: Waiting[] = [];
  for (const waiting of await findWaiting(context)) {
    if (!(await context.jobs.isPending(waiting.kind, waiting.id))) lost.push(waiting);
  }
  for (const { kind, id, isStarted } of lost) {
    const handler = handlers[kind];
    if (isStarted && handler !== undefined) {
      await handler.fail(
        context,
        id,
        new Failure('engine.crashed', `the worker ended while it did this ${kind}`),
      );
    } else await context.jobs.enqueue(kind, id);
  }
  return lost.length;
}

async function findWaiting({ store }: Context): Promise<Waiting[]> {
  const states = ['queued', 'running'];
  const nowMs = (await databaseNow(store)).getTime();
  const createdAt = { lt: new Date(nowMs - SETTLE_MS) };
  const select = { id: true, state: true } as const;
  const [surveys, runs, tests, rehearsals, patches, uncompared] = await Promise.all([
    store.survey.findMany({ where: { state: { in: states }, createdAt }, select }),
    store.run.findMany({ where: { state: { in: states }, createdAt }, select }),
    store.calculationTest.findMany({ where: { state: { in: states }, createdAt }, select }),
    store.rehearsal.findMany({ where: { state: { in: states }, createdAt }, select }),
    store.patch.findMany({
      where: { state: { in: ['applying', 'committing', 'unknown'] }, createdAt },
      select,
    }),
    store.patch.findMany({
      where: {
        state: 'applied',
        error: { path: ['code'], equals: 'live.unreachable' },
        appliedAt: { gt: new Date(nowMs - COMPARE_MS) },
      },
      select,
    }),
  ]);
  return [
    ...surveys.map(({ id, state }): Waiting => ({ kind: 'survey', id, isStarted: state === 'running' })),
    ...runs.map(({ id, state }): Waiting => ({ kind: 'preview', id, isStarted: state === 'running' })),
    ...tests.map(({ id, state }): Waiting => ({ kind: 'test', id, isStarted: state === 'running' })),
    ...rehearsals.map(({ id, state }): Waiting => ({ kind: 'rehearse', id, isStarted: state === 'running' })),
    ...patches.map(({ id }): Waiting => ({ kind: 'apply', id, isStarted: false })),
    ...uncompared.map(({ id }): Waiting => ({ kind: 'verify', id, isStarted: false })),
  ];
}
