import { rm } from 'node:fs/promises';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure, failureOf } from '#lib/base/failure';
import type { TestResult } from '#lib/calculation/edition';
import { parsePlanValue } from '#lib/plan/parse';
import { testResult } from '#lib/recovery/calculations/test-plan';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { whileWanted } from '#lib/recovery/jobs/job-watch';
import { previewOver } from '#lib/recovery/jobs/preview-over';
import type { Context } from '#lib/recovery/setup/context';
import { runFolder } from '#lib/recovery/setup/places';
import type { Progress } from '#lib/replay/run';

const UNFINISHED = { in: ['queued', 'running'] };

/** Holds an edition of a calculation against a healthy stretch, by the preview's own method. Keeps the figures alone. */
export const testJob: JobHandler = {
  onStop: 'abort',

  async run(context, id, signal) {
    const { store, env } = context;
    const begun = await store.calculationTest.updateMany({
      where: { id, state: UNFINISHED },
      data: { state: 'running', startedAt: new Date() },
    });
    if (begun.count === 0) return;
    const beat = async (progress: Progress | null): Promise<boolean> => {
      const data = progress === null ? { state: 'running' } : { progress };
      return (await store.calculationTest.updateMany({ where: { id, state: 'running' }, data })).count === 1;
    };
    // a run has a folder of its own id there: what a killed worker leaves is swept like a run's
    const dir = runFolder(env, id);
    try {
      const result = await whileWanted(signal, beat, (inner, report) =>
        test(context, id, dir, inner, report),
      );
      await finish(context, id, result);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },

  async fail({ store }, id, failure) {
    const cancelled = failure.code === 'run.cancelled';
    const { code, message, fix } = failure;
    await store.$transaction(async (tx) => {
      const { count } = await tx.calculationTest.updateMany({
        where: { id, state: UNFINISHED },
        data: {
          state: cancelled ? 'cancelled' : 'failed',
          finishedAt: new Date(),
          ...(cancelled ? {} : { error: { code, message, fix } }),
        },
      });
      if (count === 0 || cancelled) return;
      await writeAudit(tx, {
        actor: 'recount',
        action: 'calculation.test_failed',
        subject: `calculation ${(await testedOf(tx, id)).calculationId}`,
        detail: { test: id, code, message },
      });
    });
  },
};

async function test(
  context: Context,
  id: string,
  dir: string,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<TestResult> {
  const record = await context.store.calculationTest.findUniqueOrThrow({
    where: { id },
    include: { liveStore: true },
  });
  const { plan, problems } = parsePlanValue(record.plan);
  if (plan === null) throw failureOf(problems);
  const { archiveId, liveStore, createdBy: author } = record;
  const what = { plan, archiveId, liveStore, author, evidence: false };
  return testResult(await previewOver(context, what, dir, signal, report));
}

async function finish({ store }: Context, id: string, result: TestResult): Promise<void> {
  await store.$transaction(async (tx) => {
    const { count } = await tx.calculationTest.updateMany({
      where: { id, state: 'running' },
      data: { state: 'done', result: JSON.parse(JSON.stringify(result)), finishedAt: new Date() },
    });
    if (count === 0) throw new Failure('run.cancelled', 'The test run was stopped.');
    const { calculationId, number } = await testedOf(tx, id);
    await writeAudit(tx, {
      actor: 'recount',
      action: 'calculation.tested',
      subject: `calculation ${calculationId}`,
      detail: { test: id, edition: number, compared: result.cells, differ: result.differ },
    });
  });
}

async function testedOf(tx: Pick<Context['store'], 'calculationTest'>, id: string) {
  const { edition } = await tx.calculationTest.findUniqueOrThrow({
    where: { id },
    select: { edition: { select: { calculationId: true, number: true } } },
  });
  return edition;
}
