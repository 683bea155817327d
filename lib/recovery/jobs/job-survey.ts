import { mkdir, rm } from 'node:fs/promises';
import { openStage, type StageSpec } from '#lib/adapters/staging/stage';
import { survey } from '#lib/adapters/staging/survey';
import { writeAudit } from '#lib/adapters/store/audit';
import type { Survey } from '#lib/archive/survey';
import { Failure, failureOf } from '#lib/base/failure';
import { archiveOfDraft } from '#lib/incident/draft';
import type { ArchivePlan } from '#lib/plan/plan';
import { openArchiveWork } from '#lib/recovery/archives/open-archive-work';
import { findSurvey, type SurveyRecord } from '#lib/recovery/incidents/survey-record';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { whileWanted } from '#lib/recovery/jobs/job-watch';
import type { Context } from '#lib/recovery/setup/context';
import { surveyFolder } from '#lib/recovery/setup/places';
import { stageFolder } from '#lib/recovery/setup/wiring';
import type { Progress } from '#lib/replay/run';

const UNFINISHED = { in: ['queued', 'running'] };

/** Reads a whole archive once, in a process of its own, and writes what it found into the survey's record and folder. */
export const surveyJob: JobHandler = {
  onStop: 'abort',

  async run(context, id, signal) {
    const { store, env } = context;
    const begun = await store.survey.updateMany({
      where: { id, state: UNFINISHED },
      data: { state: 'running', startedAt: new Date(), heartbeatAt: new Date() },
    });
    if (begun.count === 0) return;
    const record = await findSurvey(store, id);
    const dir = surveyFolder(env, id);
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    const beat = async (progress: Progress | null): Promise<boolean> => {
      const data = { heartbeatAt: new Date(), ...(progress === null ? {} : { progress }) };
      return (await store.survey.updateMany({ where: { id, state: 'running' }, data })).count === 1;
    };
    try {
      const result = await whileWanted(signal, beat, (inner, report) =>
        readArchive(context, record, dir, inner, report),
      );
      await finish(context, record, dir, result);
    } catch (error) {
      // what is no outcome may have come after the record was written: then the folder is named by it
      if (error instanceof Failure) await rm(dir, { recursive: true, force: true });
      throw error;
    }
  },

  async fail({ store }, id, failure) {
    const state = failure.code === 'run.cancelled' ? 'cancelled' : 'failed';
    await store.$transaction(async (tx) => {
      const { count } = await tx.survey.updateMany({
        where: { id, state: UNFINISHED },
        data: { state, finishedAt: new Date(), error: JSON.parse(JSON.stringify(failure)) },
      });
      const row = count === 0 ? null : await tx.survey.findUnique({ where: { id } });
      if (row === null) return;
      await writeAudit(tx, {
        actor: 'recount',
        action: 'survey.fail',
        incidentId: row.incidentId,
        subject: `survey ${id}`,
        detail: { code: failure.code, message: failure.message },
      });
    });
  },
};

async function readArchive(
  context: Context,
  { archive }: SurveyRecord,
  dir: string,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<Survey> {
  const { archive: plan, problems } = archiveOfDraft({ archive: archive.plan });
  if (plan === null) throw failureOf(problems);
  const { source, session } = await openArchiveWork(context, archive.archiveId, plan.at, [dir], signal);
  try {
    await session.lock();
    const spec = specOf(context, plan, archive, signal, report);
    return await survey(session, await openStage(session, source, spec), spec, dir);
  } finally {
    await session.close();
  }
}

function specOf(
  { env }: Context,
  plan: ArchivePlan,
  { clock, usedColumns }: SurveyRecord['archive'],
  signal: AbortSignal,
  report: (progress: Progress) => void,
): StageSpec {
  return {
    format: plan.format,
    layout: plan.layout,
    slackMicros: plan.slackMicros,
    fields: plan.fields,
    types: plan.types,
    timezone: plan.timezone,
    usedColumns,
    requireArrival: clock === 'ingested',
    stageDir: stageFolder(env.dataDir),
    threads: env.threads,
    signal,
    onProgress: (done, total, files) => {
      const words = done < total ? 'Reading the archive' : 'Counting events and duplicates';
      report({ step: 'read', done, total, unit: 'bytes', words: `${words} (${files} files read)` });
    },
  };
}

async function finish(
  { store }: Context,
  { id, incidentId }: SurveyRecord,
  dir: string,
  result: Survey,
): Promise<void> {
  await store.$transaction(async (tx) => {
    const { count } = await tx.survey.updateMany({
      where: { id, state: 'running' },
      data: { state: 'done', result: JSON.parse(JSON.stringify(result)), dir, finishedAt: new Date() },
    });
    if (count === 0) throw new Failure('run.cancelled', 'The reading was stopped.');
    await writeAudit(tx, {
      actor: 'recount',
      action: 'survey.finish',
      incidentId,
      subject: `survey ${id}`,
      detail: { records: result.records, manifestSha256: result.manifestSha256 },
    });
  });
}
