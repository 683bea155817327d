import { setTimeout as sleep } from 'node:timers/promises';
import { takePatch } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import { type ApplyHooks, applyAndRecord } from '#lib/patch/apply-protocol';
import type { ApplyStatus } from '#lib/patch/live-store';
import type { PatchHeader } from '#lib/patch/patch';
import { UNDER_WAY } from '#lib/patch/state';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { apply, type PatchPlaces } from '#lib/recovery/method/apply';
import { applyUndo, isPutBackBy, undoneAt } from '#lib/recovery/method/put-back';
import { withPatch } from '#lib/recovery/method/with-patch';
import { ApplyProgressWriter } from '#lib/recovery/patches/apply-progress';
import {
  type Applied,
  type Applying,
  recordApplied,
  recordCommit,
  recordFault,
  recordStep,
} from '#lib/recovery/patches/apply-record';
import { stopUnsupported } from '#lib/recovery/patches/expire-approvals';
import { refuseOutdatedDelta } from '#lib/recovery/patches/overlapping';
import { findPatchPlace } from '#lib/recovery/patches/patch-files';
import { overriddenBlocks } from '#lib/recovery/patches/review-record';
import { signaturesOf } from '#lib/recovery/patches/signatures';
import type { Context } from '#lib/recovery/setup/context';
import { runVariables } from '#lib/recovery/setup/open-incident-store';
import { archiveFolders } from '#lib/recovery/setup/places';

const CANCEL_POLL_MS = 300;

/**
 * Applies a patch, or settles what an earlier worker left half-way: both are the same call, since the target's ledger
 * lets a seal in once. Every outcome is written into the record; the comparison afterwards is a job of its own.
 */
export const applyJob: JobHandler = {
  onStop: 'finish',
  run: (context, id, signal) =>
    applyAndRecord<Applying, Done>({
      take: () => take(context, id),
      apply: (applying, hooks) => applyOnce(context, applying, hooks, signal),
      settle: (applying) => settle(context, applying, signal),
      allowCommit: (applying, guard) => recordCommit(context, applying, guard),
      recordApplied: (applying, transaction, done) =>
        recordApplied(context, applying, { ...done, transaction }),
      record: async (applying, step) => void (await recordStep(context, applying, step)),
      report: ({ id: patch }, error) => console.error(`patch ${patch}: ${error}`),
      pause: async (ms) => {
        await sleep(ms, undefined, { signal }).catch(() => undefined);
        return !signal.aborted;
      },
    }),
  fail: recordFault,
};

/**
 * Takes the patch under an attempt of its own; null where it is not under way, another worker was first, or nothing was sent
 * yet and not enough approvals count by now: then it waits for approval again.
 */
async function take({ store }: Context, id: string): Promise<Applying | null> {
  const patch = await store.patch.findUnique({ where: { id }, select: { state: true, attempt: true } });
  if (patch === null || !UNDER_WAY.some((state) => state === patch.state)) return null;
  const { seal, incidentId, runId, dir, undone } = await findPatchPlace(store, id);
  if (!(await takePatch(store, id, patch))) {
    await stopUnsupported({ store }, id, patch.attempt);
    return null;
  }
  const attempt = patch.attempt + 1;
  return { id, seal, attempt, incidentId, runId, dir, undone, isUncertain: patch.state !== 'applying' };
}

/** What is recorded of a patch that the target has. */
type Done = Omit<Applied, 'transaction'>;

/** Writes the patch, or settles it. A cancel of the operator, or the end of the job, rolls back until COMMIT. */
async function applyOnce(
  context: Context,
  applying: Applying,
  { beforeCommit, applied }: ApplyHooks<Done>,
  jobSignal: AbortSignal,
): Promise<void> {
  const { env, store } = context;
  const progress = new ApplyProgressWriter(store, applying.id, applying.attempt);
  const cancel = watchCancel(context, applying.id);
  const signal = AbortSignal.any([jobSignal, cancel.signal]);
  try {
    const variables = await runVariables(context, applying.runId);
    await withPatch(
      applying.dir,
      { ...env, signal },
      variables,
      async (places, header) => {
        // what another COMMIT may have written already, only the target's ledger can judge
        if (!applying.isUncertain) await refuseOutdatedDelta(context, applying.id);
        const options = await optionsOf(context, applying);
        const hooks = { ...options, onProgress: progress.tell, beforeCommit, signal };
        const { status, at } = await write(places, header, applying, hooks);
        await progress.close();
        await applied({ status, at, lines: progress.lines });
      },
      'child',
      applying.undone === null ? [] : [applying.undone.dir],
    );
  } finally {
    await progress.close();
    cancel.stop();
  }
}

/** Closes what an earlier worker may have open, and says what the target has: null, if nothing. */
async function settle(context: Context, applying: Applying, signal: AbortSignal): Promise<Done | null> {
  const variables = await runVariables(context, applying.runId);
  const work = { ...context.env, signal };
  return withPatch(
    applying.dir,
    work,
    variables,
    async (places, header) => {
      if ((await places.live.settle(header)) === 'not_applied') return null;
      if (applying.undone !== null && !(await isPutBackBy(places, header))) return null;
      if (applying.undone === null && (await places.live.ledger(header)).outcome === 'undone')
        throw new Failure('patch.undone', 'The patch was applied and undone; it is not applied again.');
      return { status: 'already_applied', at: await appliedAt(places, header, applying), lines: [] };
    },
    'child',
  );
}

type Hooks = Parameters<typeof apply>[2];

/**
 * Writes a patch, or puts one back. `at`: when COMMIT was answered, by the live store's clock; where that was not heard
 * (another worker's COMMIT, an answer that was lost), when the ledger's line was filed, a moment before.
 */
async function write(
  places: PatchPlaces,
  header: PatchHeader,
  applying: Applying,
  hooks: Hooks,
): Promise<{ status: ApplyStatus; at: string | null }> {
  const { seal, undone } = applying;
  let at: string | null = null;
  const onCommitted = (heard: string): void => {
    at = heard;
  };
  const heard = { ...hooks, onCommitted };
  const status =
    undone === null
      ? await apply(places, seal, heard)
      : await applyUndo({ ...places, undoneDir: undone.dir }, seal, heard);
  return { status, at: at ?? (await appliedAt(places, header, applying)) };
}

/** When the ledger says that its line was filed: also where another process did it. */
const appliedAt = (places: PatchPlaces, header: PatchHeader, { undone }: Applying): Promise<string | null> =>
  orNull(
    undone === null
      ? places.live.ledger(header).then((entry) => entry.appliedAt)
      : undoneAt(places, undone.seal),
  );

/** Not to know when it was changes no outcome. */
const orNull = <T>(answer: Promise<T>): Promise<T | null> => answer.catch(() => null);

async function optionsOf(
  context: Context,
  applying: Applying,
): Promise<Pick<Hooks, 'signatures' | 'archiveCheck' | 'archiveRoots' | 'overridden'>> {
  const { env, store } = context;
  return {
    signatures: await signaturesOf(context, applying.id),
    archiveCheck: !applying.isUncertain,
    overridden: await overriddenBlocks(store, applying.runId),
    archiveRoots: archiveFolders(env),
  };
}

/** Aborts when the operator asks for it. The records may be away for a moment: it asks again. */
function watchCancel({ store }: Context, id: string): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let isAsking = false;
  const timer = setInterval(() => {
    // while the records are slow, one question waits, not one more every moment
    if (isAsking) return;
    isAsking = true;
    store.patch
      .findUnique({ where: { id }, select: { cancelRequestedAt: true } })
      .then((patch) => {
        if (patch?.cancelRequestedAt) controller.abort();
      })
      .catch(() => undefined)
      .finally(() => {
        isAsking = false;
      });
  }, CANCEL_POLL_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
