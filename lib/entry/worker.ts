import { onStop } from '#lib/entry/child';
import { sweepUploads } from '#lib/recovery/archives/sweep-uploads';
import { JOB_HANDLERS } from '#lib/recovery/jobs/job-handlers';
import { reconcileJobs } from '#lib/recovery/jobs/jobs-reconcile';
import { workOf } from '#lib/recovery/jobs/jobs-run';
import { closeContext, openContext } from '#lib/recovery/setup/context';
import { JOB_KINDS } from '#lib/recovery/setup/jobs';

// Does the jobs: surveys, previews, applies, verifies. A killed worker loses nothing: its jobs are given out again.

const GRACE_MS = 10_000;
const RECONCILE_MS = 60_000;

process.umask(0o077); // what is written into the data folder is for this account only
const context = await openContext('worker');
const stopping = new AbortController();
for (const kind of JOB_KINDS) {
  const handler = JOB_HANDLERS[kind];
  if (handler !== undefined) await context.jobs.work(kind, workOf(kind, handler, context, stopping.signal));
}

async function reconcile(): Promise<void> {
  try {
    await reconcileJobs(context);
  } catch (error) {
    console.error(
      `worker: records and jobs cannot be compared: ${error instanceof Error ? error.message : error}`,
    );
  }
}
await reconcile();
const swept = await sweepUploads(context);
if (swept > 0) console.log(`worker: ${swept} uploads that nobody went on with for a day were removed`);
const timer = setInterval(reconcile, RECONCILE_MS);

onStop(async () => {
  clearInterval(timer);
  stopping.abort();
  await closeContext(context, GRACE_MS);
});
