import { applyJob } from '#lib/recovery/jobs/job-apply';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { previewJob } from '#lib/recovery/jobs/job-preview';
import { rehearseJob } from '#lib/recovery/jobs/job-rehearse';
import { surveyJob } from '#lib/recovery/jobs/job-survey';
import { testJob } from '#lib/recovery/jobs/job-test';
import { verifyJob } from '#lib/recovery/jobs/job-verify';
import type { JobKind } from '#lib/recovery/setup/jobs';

/** Every kind of job and how it is done. */
export const JOB_HANDLERS: Readonly<Partial<Record<JobKind, JobHandler>>> = {
  survey: surveyJob,
  preview: previewJob,
  test: testJob,
  rehearse: rehearseJob,
  apply: applyJob,
  verify: verifyJob,
};
