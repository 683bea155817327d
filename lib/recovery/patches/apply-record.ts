import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { movePatch, type PatchChange, type PatchGuard } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import type { ApplyStatus } from '#lib/patch/live-store';
import type { ApplyProgress } from '#lib/patch/patch';
import type { PatchEdge } from '#lib/patch/state';
import { type PatchOutcome, recordedError } from '#lib/recovery/patches/patch-record';
import { touchIncident } from '#lib/recovery/patches/patch-refusal';
import type { Context } from '#lib/recovery/setup/context';

// What the worker writes into a patch's record: each step one conditional update, with its audit row.

/** One patch under way, as its record has it when the work begins. */
export type Applying = {
  readonly id: string;
  readonly seal: string;
  readonly attempt: number;
  readonly incidentId: string;
  readonly runId: string;
  readonly dir: string;
  /**
   * A COMMIT of an earlier worker may be under way or done: only the target's ledger can tell. Then the archive is not
   * asked for again; it was, before that COMMIT.
   */
  readonly isUncertain: boolean;
};

export type Applied = {
  readonly status: ApplyStatus;
  readonly transaction: string | null;
  /** ISO; null where the ledger could not be asked once more. */
  readonly at: string | null;
  readonly lines: readonly ApplyProgress[];
};

/** Failures that come after the target's ledger was written to: no earlier attempt can be open then, or have committed. */
const PROOF = new Set(['patch.stale', 'patch.target_refused']);

/** The last word before COMMIT. Throws run.cancelled where a cancel came first, or the record is not this attempt's any more. */
export async function recordCommit({ store }: Context, { id, attempt }: Applying): Promise<void> {
  if (await movePatch(store, id, 'commit', {}, { attempt, cancel: 'not_requested' })) return;
  throw new Failure('run.cancelled', 'The apply was cancelled; nothing was written.');
}

/** The patch stands in the target: recorded, and its comparison queued, in one transaction. */
export async function recordApplied(
  { store, jobs }: Context,
  { id, incidentId, seal }: Applying,
  { status, transaction, at, lines }: Applied,
): Promise<void> {
  const outcome: PatchOutcome = { status, transaction, verification: null };
  const appliedAt = at === null ? new Date() : new Date(at);
  await store.$transaction(async (tx) => {
    const progress = lines.map((line) => ({ ...line }));
    if (!(await movePatch(tx, id, 'apply', { outcome, progress, appliedAt, error: null }))) return;
    await told(tx, 'patch.applied', { id, incidentId }, { status, transaction, seal });
    await jobs.enqueue('verify', id, tx);
  });
}

/** An apply that did not end well. `unknown`: only asking the target again can tell. */
export async function recordFailure(
  { store }: Context,
  applying: Applying,
  failure: Failure,
  isCommitAllowed: boolean,
): Promise<'settled' | 'unknown'> {
  if (failure.code === 'run.cancelled') return recordCancel({ store }, applying);
  const isLost = failure.code === 'patch.unknown' || (applying.isUncertain && !isProof(failure));
  const edge: PatchEdge = isLost ? 'lose' : (EDGES[failure.code] ?? 'fail');
  const { attempt } = applying;
  const error = recordedError(isLost ? unsettled(failure) : failure);
  // another worker's COMMIT is not this one's to judge: before its own, only a record before any COMMIT is
  const mayJudge = isLost || applying.isUncertain || isCommitAllowed || edge === 'undo';
  const guard: PatchGuard = mayJudge ? { attempt } : { attempt, onlyFrom: ['applying'] };
  await move(store, applying, edge, { error }, guard, error);
  return isLost ? 'unknown' : 'settled';
}

const isProof = ({ code }: Failure): boolean => PROOF.has(code) || code === 'patch.undone';

const EDGES: Readonly<Record<string, PatchEdge>> = { 'patch.stale': 'go_stale', 'patch.undone': 'undo' };
const ACTIONS: Readonly<Partial<Record<PatchEdge, string>>> = {
  lose: 'patch.unknown',
  go_stale: 'patch.stale',
  fail: 'patch.failed',
  undo: 'patch.undone',
  roll_back: 'patch.rolled_back',
};

const unsettled = (failure: Failure): Failure =>
  failure.code === 'patch.unknown'
    ? failure
    : new Failure(
        'patch.unknown',
        `Whether an earlier attempt was committed is not settled yet: ${failure.message}`,
      );

/** A cancel that was in time leaves the approval standing. One that nobody asked for is the worker's own end: tried again. */
async function recordCancel({ store }: Pick<Context, 'store'>, applying: Applying): Promise<'settled'> {
  const change = { progress: null, error: null, cancelRequestedAt: null };
  const guard: PatchGuard = { attempt: applying.attempt, cancel: 'requested' };
  await move(store, applying, 'roll_back', change, guard, null);
  return 'settled';
}

/**
 * A fault of Recount ended the apply. Before any COMMIT nothing can have been written, and no later COMMIT passes
 * `recordCommit`; after it only the target knows.
 */
export async function recordFault({ store }: Context, id: string, failure: Failure): Promise<void> {
  const patch = await store.patch.findUnique({ where: { id }, select: { incidentId: true } });
  if (patch === null) return;
  const error = recordedError(failure);
  const failed = await move(store, { id, ...patch }, 'fail', { error }, { onlyFrom: ['applying'] }, error);
  if (failed) return;
  const lost = recordedError(unsettled(failure));
  await move(store, { id, ...patch }, 'lose', { error: lost }, {}, lost);
}

type Where = { readonly id: string; readonly incidentId: string };

async function move(
  store: Context['store'],
  where: Where,
  edge: PatchEdge,
  change: PatchChange,
  guard: PatchGuard,
  error: { readonly code: string; readonly message: string } | null,
): Promise<boolean> {
  return store.$transaction(async (tx) => {
    const known = await tx.patch.findUnique({ where: { id: where.id }, select: { error: true } });
    if (!(await movePatch(tx, where.id, edge, change, guard))) return false;
    // an outcome that stays unknown is asked for every minute: one line is enough
    const isNews = edge !== 'lose' || known?.error === null;
    const detail = error === null ? {} : { code: error.code, message: error.message };
    if (isNews) await told(tx, ACTIONS[edge] ?? `patch.${edge}`, where, detail);
    return true;
  });
}

async function told(
  tx: StoreTransaction,
  action: string,
  { id, incidentId }: Where,
  detail: Record<string, string | null>,
): Promise<void> {
  await touchIncident(tx, incidentId);
  await writeAudit(tx, { actor: 'recount', action, incidentId, subject: `patch ${id}`, detail });
}
