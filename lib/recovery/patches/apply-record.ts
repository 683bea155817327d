import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { commitWhere, movePatch, type PatchChange } from '#lib/adapters/store/patches';
import type { Failure } from '#lib/base/failure';
import { type PatchGuard, type RecordStep, stepsAfterFault, type Taken } from '#lib/patch/apply-protocol';
import type { ApplyStatus } from '#lib/patch/live-store';
import type { ApplyProgress } from '#lib/patch/patch';
import type { PatchEdge } from '#lib/patch/state';
import { stopUnsupported } from '#lib/recovery/patches/expire-approvals';
import { type PatchOutcome, recordedError } from '#lib/recovery/patches/patch-record';
import { touchIncident } from '#lib/recovery/patches/patch-refusal';
import type { Context } from '#lib/recovery/setup/context';

// What the worker writes into a patch's record: each step one conditional update, with its audit row.

/** One patch under way, as its record has it when the work begins. */
export type Applying = Taken & {
  readonly id: string;
  readonly seal: string;
  readonly incidentId: string;
  readonly runId: string;
  readonly dir: string;
  /** Of an undo: the patch that it puts back. */
  readonly undone: { readonly id: string; readonly seal: string; readonly dir: string } | null;
};

export type Applied = {
  readonly status: ApplyStatus;
  readonly transaction: string | null;
  /** ISO; null where the ledger could not be asked once more. */
  readonly at: string | null;
  readonly lines: readonly ApplyProgress[];
};

/**
 * The last word before COMMIT. False where a cancel came first, the record is not this attempt's any more, or not enough
 * approvals count any more: then the patch waits for approval again.
 */
export async function recordCommit(
  { store }: Pick<Context, 'store'>,
  { id, attempt }: Pick<Applying, 'id' | 'attempt'>,
  guard: PatchGuard,
): Promise<boolean> {
  if (await commitWhere(store, id, guard)) return true;
  await stopUnsupported({ store }, id, attempt);
  return false;
}

/**
 * The patch stands in the target: recorded, and its comparison queued, in one transaction; of an undo also that the other
 * patch was undone.
 */
export async function recordApplied(
  { store, jobs }: Context,
  { id, incidentId, seal, undone }: Applying,
  { status, transaction, at, lines }: Applied,
): Promise<void> {
  const outcome: PatchOutcome = { status, transaction, verification: null };
  const appliedAt = at === null ? new Date() : new Date(at);
  await changeRecords(store, async (tx) => {
    await holdIncidentOf(tx, id);
    const progress = lines.map((line) => ({ ...line }));
    if (!(await movePatch(tx, id, 'apply', { outcome, progress, appliedAt, error: null }))) return;
    await told(tx, 'patch.applied', { id, incidentId }, { status, transaction, seal });
    if (undone !== null && (await movePatch(tx, undone.id, 'undo', { error: null, alarm: null }))) {
      const { number } = await tx.patch.findUniqueOrThrow({ where: { id }, select: { number: true } });
      await told(tx, 'patch.undo', { id: undone.id, incidentId }, { because: `by patch ${number}` });
    }
    await jobs.enqueue('verify', id, tx);
  });
}

const ACTIONS: Readonly<Partial<Record<PatchEdge, string>>> = {
  lose: 'patch.unknown',
  go_stale: 'patch.stale',
  fail: 'patch.failed',
  undo: 'patch.undone',
  roll_back: 'patch.rolled_back',
};

/** A fault of Recount ended the apply. */
export async function recordFault({ store }: Context, id: string, failure: Failure): Promise<void> {
  const patch = await store.patch.findUnique({ where: { id }, select: { incidentId: true } });
  if (patch === null) return;
  for (const step of stepsAfterFault(failure)) {
    if (await recordStep({ store }, { id, ...patch }, step)) return;
  }
}

type Where = { readonly id: string; readonly incidentId: string };

/** Takes an edge after an apply that did not end well, with its audit row. False where it does not apply. */
export async function recordStep(
  { store }: Pick<Context, 'store'>,
  where: Where & Partial<Pick<Applying, 'undone'>>,
  { edge, guard, failure }: RecordStep,
): Promise<boolean> {
  const error = failure === null ? null : recordedError(failure);
  const change: PatchChange =
    edge === 'roll_back'
      ? { progress: null, error: null, cancelRequestedAt: null }
      : { error, ...(edge === 'undo' ? { alarm: null } : {}) };
  return changeRecords(store, async (tx) => {
    await holdIncidentOf(tx, where.id);
    const known = await tx.patch.findUnique({ where: { id: where.id }, select: { error: true } });
    if (!(await movePatch(tx, where.id, edge, change, guard))) return false;
    // the ledger says so: what this undo was for stands no more
    if (error?.code === 'patch.undone_otherwise' && where.undone != null) {
      const { undone, incidentId } = where;
      if (await movePatch(tx, undone.id, 'undo', { error: null, alarm: null }))
        await told(tx, 'patch.undone', { id: undone.id, incidentId }, { because: error.message });
    }
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
