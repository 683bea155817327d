import { applyJob } from '#lib/recovery/job-apply';
import type { JobHandler } from '#lib/recovery/job-handler';
import { previewJob } from '#lib/recovery/job-preview';
import { surveyJob } from '#lib/recovery/job-survey';
import { verifyJob } from '#lib/recovery/job-verify';
import type { JobKind } from '#lib/recovery/jobs';

/** Every kind of job and how it is done. */
export const JOB_HANDLERS: Readonly<Partial<Record<JobKind, JobHandler>>> = {
  survey: surveyJob,
  preview: previewJob,
  apply: applyJob,
  verify: verifyJob,
};
