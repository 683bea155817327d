import { Bug, Failure } from '#lib/base/failure';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import type { Context } from '#lib/recovery/setup/context';
import type { JobKind, JobWork } from '#lib/recovery/setup/jobs';

/**
 * Makes the work of a queue from a handler. A Failure is an outcome: it is written into the record, and the job
 * is done. A fault of Recount is logged and written as `server.fault`. Only what could not even be written (the
 * records are away), and what a stop of Recount broke off, goes back to the queue.
 */
export function workOf(kind: JobKind, handler: JobHandler, context: Context, stopping: AbortSignal): JobWork {
  return async (id, jobSignal) => {
    const aborts = handler.onStop === 'abort';
    const signal = aborts ? AbortSignal.any([jobSignal, stopping]) : jobSignal;
    try {
      await handler.run(context, id, signal);
    } catch (error) {
      if (aborts && stopping.aborted) throw new Bug(`${kind} ${id} was broken off, because Recount stops`);
      await handler.fail(context, id, asFailure(kind, id, error));
    }
  };
}

function asFailure(kind: JobKind, id: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(JSON.stringify({ job: kind, id, stack }));
  return new Failure(
    'server.fault',
    `a fault of Recount itself ended this ${kind}; its log names it by ${id}`,
    { cause: error },
  );
}
