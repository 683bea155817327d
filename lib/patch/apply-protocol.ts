import { Failure } from '#lib/base/failure';
import type { PatchState } from '#lib/patch/patch';
import type { PatchEdge } from '#lib/patch/state';

// What the worker does with a patch's record while it writes the patch: which edge, under which conditions, after which
// outcome. Pure: records and target come in as a port, so that the simulation (lib/patch/simulation) runs this very code.

/** Further conditions of an edge: all in the one UPDATE that takes it. */
export type PatchGuard = {
  readonly attempt?: number;
  /** Fewer states than the edge allows. */
  readonly onlyFrom?: readonly PatchState[];
  readonly cancel?: 'requested' | 'not_requested';
};

/** An edge to take, under a guard. `failure`: what the record says of it; null clears. */
export type RecordStep = {
  readonly edge: PatchEdge;
  readonly guard: PatchGuard;
  readonly failure: Failure | null;
};

/** A patch under way, as its record has it when the work begins. */
export type Taken = {
  /** Given out anew at every take, so that a worker that was taken for dead can send no COMMIT and judge nothing. */
  readonly attempt: number;
  /**
   * A COMMIT of an earlier worker may be under way or done: only the target's ledger can tell. Then the archive is not
   * asked for again; it was, before that COMMIT.
   */
  readonly isUncertain: boolean;
};

export type ApplyHooks<Done> = {
  /** Right before each COMMIT. Throws run.cancelled where it must not be sent. */
  readonly beforeCommit: (transaction: string) => Promise<void>;
  /** As soon as the target has the patch, and before anything is closed. */
  readonly applied: (done: Done) => Promise<void>;
};

/** Port: one patch, its record and its target. */
export interface ApplyPort<T extends Taken, Done> {
  /** Takes the patch where it is under way, as an attempt of its own; null: there is nothing to do. */
  take(): Promise<T | null>;
  /** Writes the patch into the target, or settles what an earlier worker left: both are the same call. Throws a Failure. */
  apply(taken: T, hooks: ApplyHooks<Done>): Promise<void>;
  /** Closes what an earlier worker may have open; null: the target does not have the patch. Throws patch.undone, or that it cannot tell. */
  settle(taken: T): Promise<Done | null>;
  /** Takes `commit` under the guard. False where it does not apply. */
  allowCommit(taken: T, guard: PatchGuard): Promise<boolean>;
  recordApplied(taken: T, transaction: string | null, done: Done): Promise<void>;
  /** Takes an edge, where it applies. */
  record(taken: T, step: RecordStep): Promise<void>;
  /** Tells the log of an error that stops nothing. */
  report(taken: T, error: unknown): void;
  /** False: the work must end. */
  pause(ms: number): Promise<boolean>;
}

/** Pauses between tries to settle an unknown outcome; afterwards the reconciler goes on, every minute. */
const SETTLE_PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000];

/** Applies a patch and records what became of it, or leaves the record under way. A fault of Recount is thrown. */
export async function applyAndRecord<T extends Taken, Done>(port: ApplyPort<T, Done>): Promise<void> {
  for (const pauseMs of [...SETTLE_PAUSES_MS, 0]) {
    const taken = await port.take();
    if (taken === null || (await applyOnce(port, taken)) === 'settled') return;
    if (!(await port.pause(pauseMs))) return;
  }
}

async function applyOnce<T extends Taken, Done>(
  port: ApplyPort<T, Done>,
  taken: T,
): Promise<'settled' | 'unknown'> {
  let transaction: string | null = null;
  let isApplied = false;
  const applied = async (done: Done): Promise<void> => {
    isApplied = true;
    await port.recordApplied(taken, transaction, done);
  };
  try {
    try {
      const beforeCommit = async (next: string): Promise<void> => {
        await allowCommit(port, taken);
        transaction = next;
      };
      await port.apply(taken, { beforeCommit, applied });
    } catch (error) {
      if (isApplied || !(error instanceof Failure) || !mustSettle(taken, error)) throw error;
      const done = await port.settle(taken).catch((cause: unknown) => {
        throw cause instanceof Failure && cause.code !== 'patch.undone' ? unsettled(cause) : cause;
      });
      if (done === null) throw error;
      await applied(done);
    }
    return 'settled';
  } catch (error) {
    if (isApplied) {
      // whatever went wrong since, it is no outcome of the apply: the next try finds the patch in the ledger
      await port.record(taken, unrecorded(error)).catch((next: unknown) => port.report(taken, next));
      return 'unknown';
    }
    if (!(error instanceof Failure)) throw error;
    const step = stepAfter(error, taken);
    await port.record(taken, step);
    return step.edge === 'lose' ? 'unknown' : 'settled';
  }
}

async function allowCommit<T extends Taken, Done>(port: ApplyPort<T, Done>, taken: T): Promise<void> {
  if (await port.allowCommit(taken, { attempt: taken.attempt, cancel: 'not_requested' })) return;
  throw new Failure('run.cancelled', 'The apply was cancelled; nothing was written.');
}

/** Failures after which the ledger need not be asked, or was in vain. */
const NOT_ASKED = new Set(['run.cancelled', 'patch.unknown', 'patch.undone']);

/** True where the failure says nothing about an earlier worker's COMMIT: however it came, that may be under way still. */
const mustSettle = ({ isUncertain }: Taken, { code }: Failure): boolean =>
  isUncertain && !NOT_ASKED.has(code);

const EDGES: Readonly<Record<string, PatchEdge>> = {
  'patch.stale': 'go_stale',
  'patch.undone': 'undo',
  'patch.unknown': 'lose',
};

/** What an apply that did not end well does to the record. Edge `lose`: only asking the target again can tell. */
export function stepAfter(failure: Failure, { attempt }: Taken): RecordStep {
  // a cancel that was in time leaves the approval standing; one that nobody asked for is the worker's own end
  if (failure.code === 'run.cancelled')
    return { edge: 'roll_back', guard: { attempt, cancel: 'requested' }, failure: null };
  return { edge: EDGES[failure.code] ?? 'fail', guard: { attempt }, failure };
}

/**
 * What a fault of Recount does to the record: the first step that applies. Before any COMMIT nothing can have been
 * written, and no later COMMIT passes `beforeCommit`; after it only the target knows.
 */
export const stepsAfterFault = (failure: Failure): readonly RecordStep[] => [
  { edge: 'fail', guard: { onlyFrom: ['applying'] }, failure },
  { edge: 'lose', guard: {}, failure: unsettled(failure) },
];

const unrecorded = (error: unknown): RecordStep => ({
  edge: 'lose',
  guard: {},
  failure: new Failure(
    'patch.unknown',
    `The live store has the patch, and that could not be recorded yet: ${error instanceof Error ? error.message : error}`,
  ),
});

const unsettled = (failure: Failure): Failure =>
  failure.code === 'patch.unknown'
    ? failure
    : new Failure(
        'patch.unknown',
        `Whether an earlier attempt was committed is not settled yet: ${failure.message}`,
      );
