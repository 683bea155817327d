import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { movePatch } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import type { PatchHeader, Signatures } from '#lib/patch/patch';
import { UNDER_WAY } from '#lib/patch/state';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { apply, type PatchPlaces } from '#lib/recovery/method/apply';
import { withPatch } from '#lib/recovery/method/with-patch';
import { ApplyProgressWriter } from '#lib/recovery/patches/apply-progress';
import {
  type Applying,
  recordApplied,
  recordCommit,
  recordFailure,
  recordFault,
} from '#lib/recovery/patches/apply-record';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { runVariables } from '#lib/recovery/setup/open-incident-store';
import { readNames } from '#lib/recovery/setup/people';

/** Pauses between tries to settle an unknown outcome; afterwards the reconciler goes on, every minute. */
const SETTLE_PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000];
const CANCEL_POLL_MS = 300;

/**
 * Applies a patch, or settles what an earlier worker left half-way: both are the same call, since the target's ledger
 * lets a seal in once. Every outcome is written into the record; the comparison afterwards is a job of its own.
 */
export const applyJob: JobHandler = {
  onStop: 'finish',
  run: async (context, id, signal) => {
    for (const pauseMs of [...SETTLE_PAUSES_MS, 0]) {
      const applying = await findApplying(context, id);
      if (applying === null || (await applyOnce(context, applying, signal)) !== 'unknown') return;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
  },
  fail: recordFault,
};

async function findApplying({ store }: Context, id: string): Promise<Applying | null> {
  const patch = await store.patch.findUnique({ where: { id }, include: { run: true } });
  const dir = patch?.dir ?? patch?.run.dir ?? null;
  if (patch === null || !UNDER_WAY.some((state) => state === patch.state) || dir === null) return null;
  if (patch.state === 'unknown' && !(await movePatch(store, id, 'settle'))) return null;
  const { seal, attempt, incidentId, runId } = patch;
  return {
    id,
    seal,
    attempt,
    incidentId,
    runId,
    dir,
    isUncertain: patch.state !== 'applying',
  };
}

/** One attempt. `unknown`: the outcome is not settled. A fault of Recount is thrown. */
async function applyOnce(
  context: Context,
  applying: Applying,
  jobSignal: AbortSignal,
): Promise<'settled' | 'unknown'> {
  const { env, store } = context;
  const progress = new ApplyProgressWriter(store, applying.id, applying.attempt);
  const cancel = watchCancel(context, applying.id);
  const signal = AbortSignal.any([jobSignal, cancel.signal]);
  const commit: Commit = { transaction: null };
  try {
    const variables = await runVariables(context, applying.runId);
    return await withPatch<'settled'>(
      applying.dir,
      { ...env, signal },
      variables,
      async (places, header) => {
        const options = await optionsOf(context, applying, progress, commit);
        const status = await apply(places, applying.seal, { ...options, signal });
        const at = await appliedAt(places, header);
        await progress.close();
        await recordApplied(context, applying, { status, ...commit, at, lines: progress.lines });
        return 'settled';
      },
      'child',
    );
  } catch (error) {
    await progress.close();
    if (!(error instanceof Failure)) throw error;
    return await recordFailure(context, applying, error, commit.transaction !== null);
  } finally {
    cancel.stop();
  }
}

/** The target's transaction, once the record said that COMMIT may be sent. */
type Commit = { transaction: string | null };

async function optionsOf(
  context: Context,
  applying: Applying,
  progress: ApplyProgressWriter,
  commit: Commit,
): Promise<Parameters<typeof apply>[2]> {
  const { env } = context;
  return {
    signatures: await signaturesOf(context, applying.id),
    archiveCheck: !applying.isUncertain,
    archiveRoots: [
      ...env.archiveRoots.map((root) => root.path),
      join(env.dataDir, 'uploads'),
      join(env.dataDir, 'samples'),
    ],
    onProgress: progress.tell,
    beforeCommit: async (transaction) => {
      await recordCommit(context, applying);
      commit.transaction = transaction;
    },
  };
}

/** When the ledger says that it was applied: also where another process did it. Not to know it changes no outcome. */
async function appliedAt(places: PatchPlaces, header: PatchHeader): Promise<string | null> {
  return places.live.ledger(header).then(
    (entry) => entry.appliedAt,
    () => null,
  );
}

/** Author and approver as the target's ledger names them. */
export async function signaturesOf({ store }: Context, id: string): Promise<Signatures> {
  const approval = await store.approval.findFirst({
    where: { patchId: id, voidedAt: null },
    orderBy: { createdAt: 'desc' },
  });
  if (approval === null) throw new Failure('patch.not_approved', 'The patch has no valid approval.');
  const nameOf = await readNames(store);
  const approver = nameOf(approval.approver);
  return {
    author: nameOf(approval.author),
    approvedBy: approval.selfApproved ? `self-approved by ${approver}` : approver,
    approvedAt: isoOf(approval.createdAt),
  };
}

/** Aborts when the operator asks for it. The records may be away for a moment: it asks again. */
function watchCancel({ store }: Context, id: string): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const timer = setInterval(() => {
    store.patch
      .findUnique({ where: { id }, select: { cancelRequestedAt: true } })
      .then((patch) => {
        if (patch?.cancelRequestedAt) controller.abort();
      })
      .catch(() => undefined);
  }, CANCEL_POLL_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
