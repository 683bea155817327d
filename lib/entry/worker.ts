import { captureOutput, openLog, setLog } from '#lib/adapters/log/log';
import { nameMetrics } from '#lib/adapters/metrics/metrics';
import { onStop } from '#lib/entry/child';
import { sweepUploads } from '#lib/recovery/archives/sweep-uploads';
import { watchAudit } from '#lib/recovery/audit/audit-check';
import { JOB_HANDLERS } from '#lib/recovery/jobs/job-handlers';
import { leased } from '#lib/recovery/jobs/job-leases';
import { workOf } from '#lib/recovery/jobs/jobs-run';
import { reconcileAgain, reconcileAtStart } from '#lib/recovery/jobs/reconcile-all';
import { keyTroubles } from '#lib/recovery/operations/lost-passwords';
import { sweepFolders } from '#lib/recovery/operations/sweep-folders';
import { leaveMetrics } from '#lib/recovery/operations/worker-metrics';
import { sweepRetention } from '#lib/recovery/retention/sweep-retention';
import { closeContext, openContext } from '#lib/recovery/setup/context';
import { readEnv } from '#lib/recovery/setup/env';
import { JOB_KINDS } from '#lib/recovery/setup/jobs';
import { openWorkerSession } from '#lib/recovery/setup/worker-session';
import { watchDeliveries } from '#lib/recovery/webhooks/send-deliveries';

// Does the jobs: surveys, previews, applies, verifies. A killed worker loses nothing: its jobs are given out again.

const GRACE_MS = 9_000;
const RECONCILE_MS = 60_000;
const SWEEP_MS = 3_600_000;
const METRICS_MS = 10_000;

process.umask(0o077); // what is written into the data folder is for this account only
const log = setLog(openLog('worker', readEnv().log));
captureOutput(log); // so that no name in a message can steer a terminal
nameMetrics('worker');
const context = await openContext('worker');
const session = await openWorkerSession(context.env.databaseUrl ?? '');
const stopping = new AbortController();
const timers: NodeJS.Timeout[] = [];

onStop(async () => {
  for (const timer of timers) clearInterval(timer);
  stopping.abort();
  await closeContext(context, GRACE_MS);
  await session.close();
});

async function sayOfKey(): Promise<void> {
  try {
    for (const words of await keyTroubles(context)) log.error(`${words}`);
  } catch (error) {
    log.error(`the key is not looked at: ${error instanceof Error ? error.message : error}`);
  }
}

async function sweep(): Promise<void> {
  try {
    const uploads = await sweepUploads(context);
    if (uploads > 0) log.info(`${uploads} uploads that nobody went on with for a day were removed`);
    const folders = await sweepFolders(context);
    if (folders > 0) log.info(`${folders} folders that no record names were removed`);
    const kept = await sweepRetention(context);
    if (kept > 0) log.info(`${kept} incidents, uploads and records lost what a retention rule let go`);
  } catch (error) {
    log.error(`old files are not removed: ${error instanceof Error ? error.message : error}`);
  }
}

await sayOfKey();
await reconcileAtStart(context, session.worker);
if (!stopping.signal.aborted) {
  watchAudit(context, stopping.signal);
  watchDeliveries(context, stopping.signal);
  for (const kind of JOB_KINDS) {
    const handler = JOB_HANDLERS[kind];
    if (handler === undefined) continue;
    const work = workOf(kind, handler, context, stopping.signal);
    await context.jobs.work(kind, leased(kind, work, context, session.worker));
  }
  timers.push(setInterval(() => void reconcileAgain(context, session.worker), RECONCILE_MS));
  timers.push(setInterval(() => void sweep(), SWEEP_MS));
  timers.push(setInterval(() => void leaveMetrics(context.env), METRICS_MS));
  await sweep();
}
