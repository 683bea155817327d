import { endWatch, type Moment, say, setWatch, watchMessages } from '#lib/entry/faults/watch.testing';
import { applyJob } from '#lib/recovery/jobs/job-apply';
import { workOf } from '#lib/recovery/jobs/jobs-run';
import { openContext } from '#lib/recovery/setup/context';

// A worker that is killed: it does the job of one apply, as lib/entry/worker.ts has it done, and dies at the named moment.

export type JobOrder = { readonly id: string; readonly moment: Moment };

const NEVER = new AbortController().signal;
watchMessages();
const context = await openContext('sender');
const recordsPort = Number(new URL(context.env.databaseUrl ?? '').port);
const work = workOf('apply', applyJob, context, NEVER);
process.on('message', ({ id, moment }: JobOrder) => {
  setWatch(moment, recordsPort);
  work(id, NEVER)
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
