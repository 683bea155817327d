import { endWatch, type Moment, say, setWatch, watchMessages } from '#lib/entry/faults/watch.testing';
import { applyJob } from '#lib/recovery/jobs/job-apply';
import { previewJob } from '#lib/recovery/jobs/job-preview';
import { rehearseJob } from '#lib/recovery/jobs/job-rehearse';
import { verifyJob } from '#lib/recovery/jobs/job-verify';
import { workOf } from '#lib/recovery/jobs/jobs-run';
import { openContext } from '#lib/recovery/setup/context';

// A worker that is killed: it does one job, as lib/entry/worker.ts has it done, and dies at the named moment.

export type JobOrder = {
  readonly kind: 'apply' | 'rehearse' | 'preview' | 'verify';
  readonly id: string;
  readonly moment: Moment;
};

const NEVER = new AbortController().signal;
watchMessages();
const context = await openContext('sender');
const recordsPort = Number(new URL(context.env.databaseUrl ?? '').port);
const HANDLERS = { apply: applyJob, rehearse: rehearseJob, preview: previewJob, verify: verifyJob } as const;
process.on('message', ({ kind, id, moment }: JobOrder) => {
  setWatch(moment, recordsPort);
  workOf(
    kind,
    HANDLERS[kind],
    context,
    NEVER,
  )(id, NEVER)
    .then(
      () => 'done',
      (error: unknown) => `thrown: ${error}`,
    )
    .then((ended) => {
      endWatch();
      say({ ended });
    });
});
process.on('disconnect', () => process.exit());
say({ ready: true });
