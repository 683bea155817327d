import type { Failure } from '#lib/base/failure';
import type { Context } from '#lib/recovery/setup/context';

/** How a kind of job is done. The worker calls it; lib/recovery/jobs/jobs-run.ts says when. */
export type JobHandler = {
  /**
   * Does the work for a record. May be called again for a record that is half-way (its worker was killed): it
   * then begins afresh, or settles what is open. Ends soon after `signal` aborts, with a Failure `run.cancelled`.
   */
  run(context: Context, id: string, signal: AbortSignal): Promise<void>;
  /** Writes into the record that the work failed, in one conditional update. Never throws for a gone record. */
  fail(context: Context, id: string, failure: Failure): Promise<void>;
  /** When Recount is stopped: `abort` ends the work, and it is done again later; `finish` lets it end first. */
  readonly onStop: 'abort' | 'finish';
};
