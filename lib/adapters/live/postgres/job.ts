import type { Connection } from '#lib/adapters/live/postgres/connection';
import type { Hold } from '#lib/adapters/live/postgres/hold';
import type { AppliedRow, LedgerKey } from '#lib/adapters/live/postgres/ledger';
import type { Checked } from '#lib/adapters/live/postgres/preflight';
import type { Chunk } from '#lib/adapters/live/postgres/staging';
import type { Shape } from '#lib/adapters/live/postgres/statements';
import type { Target } from '#lib/adapters/live/postgres/target';
import { callersOwn } from '#lib/adapters/live/postgres/transaction';
import { Failure } from '#lib/base/failure';
import type { ApplyOptions } from '#lib/patch/live-store';
import type { ApplyStep, Counts, PatchHeader } from '#lib/patch/patch';

/** What differs between applying and undoing: where the rows come from, and what the ledger must say before. */
export type Job = Target & {
  readonly header: PatchHeader;
  readonly counts: Counts;
  readonly undo: boolean;
  /** Rows of the patch that an undo leaves as they are. */
  readonly leftOut: readonly number[];
  readonly options: ApplyOptions;
  /** Looks at the ledger: what to file, or the answer where nothing is left to do. */
  plan(applied: AppliedRow | null): { key: LedgerKey } | { done: 'already' };
  /**
   * Brings the rows into the transaction, before it holds anything that others would wait for: however slowly they come,
   * nobody is held up. Answers the parts that the statements run over; without a temporary table they travel with those.
   */
  stage(connection: Connection, shape: Shape, applied: AppliedRow | null): Promise<AsyncIterable<Chunk>>;
  /** Everything is done and then rolled back: `look` is called where COMMIT would be sent. */
  readonly rehearsal?: {
    readonly hold: Hold;
    look(connection: Connection, checked: Checked): Promise<void>;
  };
};

export const rowsOf = (counts: Counts): number => counts.updates + counts.inserts + counts.deletes;

/** Throws run.cancelled where the operator asked for it. */
export function assertNotCancelled({ options }: Pick<Job, 'options'>): void {
  if (options.signal?.aborted)
    throw new Failure('run.cancelled', 'The apply was cancelled; nothing was written.');
}

/** Tells where the attempt is, and stops it where the operator asked for it. */
export async function step(job: Job, name: ApplyStep, done: number): Promise<void> {
  // after COMMIT nothing can be stopped any more
  if (name !== 'commit' || done === 0) assertNotCancelled(job);
  const at = `${new Date().toISOString().slice(0, -1)}000Z`;
  await callersOwn(async () => job.options.onProgress?.({ step: name, done, total: rowsOf(job.counts), at }));
}
