import { theLog, withLogFields } from '#lib/adapters/log/log';
import { theMetrics } from '#lib/adapters/metrics/metrics';
import { recordsTrouble } from '#lib/adapters/store/records-trouble';
import { Bug, Failure } from '#lib/base/failure';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import type { Context } from '#lib/recovery/setup/context';
import type { JobKind } from '#lib/recovery/setup/jobs';

/** How long a job that may finish has after Recount was told to stop; then it is broken off, too. */
const FINISH_MS = 6_000;

/**
 * Makes the work of a queue from a handler. A Failure is an outcome: it is written into the record, and the job
 * is done. A fault of Recount is logged and written as `server.fault`. Only what could not even be written (the
 * records are away), and what a stop of Recount broke off, goes back to the queue.
 */
export function workOf(
  kind: JobKind,
  handler: JobHandler,
  context: Context,
  stopping: AbortSignal,
): (id: string, jobSignal: AbortSignal) => Promise<void> {
  const run = async (id: string, jobSignal: AbortSignal): Promise<void> => {
    const breakOff = breakOffOf(handler, stopping);
    const ended = theMetrics().jobSeconds.startTimer({ kind });
    let outcome: 'done' | 'failed' | 'again' = 'again';
    // aborted as well where the queue has taken the job from this worker
    const signal = AbortSignal.any([jobSignal, breakOff.signal]);
    try {
      await handler.run(context, id, signal);
      // an apply that was rolled back for this is no outcome: the next worker does it
      if (signal.aborted && handler.onStop === 'finish') throw brokenOff(kind, id);
      outcome = 'done';
    } catch (error) {
      if (signal.aborted) throw brokenOff(kind, id);
      // no outcome of the work, and nothing that could be written down: it is done again
      if (recordsTrouble(error) !== null) throw error;
      await handler.fail(context, id, asFailure(kind, id, error));
      outcome = 'failed';
    } finally {
      breakOff.end();
      const seconds = ended({ outcome });
      theLog().event('job', { outcome, elapsedMs: Math.round(seconds * 1_000) });
    }
  };
  // what a library prints on the way says which job it was
  return (id, jobSignal) => withLogFields({ job: kind, id }, () => run(id, jobSignal));
}

const brokenOff = (kind: JobKind, id: string): Bug =>
  new Bug(`${kind} ${id} was broken off: Recount stops, or another worker has it`);

/** Aborts when Recount stops: at once, or a while later where the work may end first. */
function breakOffOf(
  { onStop }: JobHandler,
  stopping: AbortSignal,
): { readonly signal: AbortSignal; end(): void } {
  if (onStop === 'abort') return { signal: stopping, end: () => undefined };
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => controller.abort(), FINISH_MS);
  };
  if (stopping.aborted) begin();
  else stopping.addEventListener('abort', begin, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', begin);
    },
  };
}

function asFailure(kind: JobKind, id: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  theLog().error('a fault ended a job', { stack });
  return new Failure(
    'server.fault',
    `a fault of Recount itself ended this ${kind}; its log names it by ${id}`,
    { cause: error },
  );
}
