import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { movePatch } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import { type ApplyHooks, applyAndRecord } from '#lib/patch/apply-protocol';
import type { PatchHeader, Signatures } from '#lib/patch/patch';
import { UNDER_WAY } from '#lib/patch/state';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { apply, type PatchPlaces } from '#lib/recovery/method/apply';
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
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { runVariables } from '#lib/recovery/setup/open-incident-store';
import { readNames } from '#lib/recovery/setup/people';

const CANCEL_POLL_MS = 300;

/**
 * Applies a patch, or settles what an earlier worker left half-way: both are the same call, since the target's ledger
 * lets a seal in once. Every outcome is written into the record; the comparison afterwards is a job of its own.
 */
export const applyJob: JobHandler = {
  onStop: 'finish',
  run: (context, id, signal) =>
    applyAndRecord<Applying, Done>({
      take: () => findApplying(context, id),
      apply: (applying, hooks) => applyOnce(context, applying, hooks, signal),
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
        const options = await optionsOf(context, applying);
        const status = await apply(places, applying.seal, {
          ...options,
          onProgress: progress.tell,
          beforeCommit,
          signal,
        });
        const at = await appliedAt(places, header);
        await progress.close();
        await applied({ status, at, lines: progress.lines });
      },
      'child',
    );
  } finally {
    await progress.close();
    cancel.stop();
  }
}

async function optionsOf(
  context: Context,
  applying: Applying,
): Promise<Pick<Parameters<typeof apply>[2], 'signatures' | 'archiveCheck' | 'archiveRoots'>> {
  const { env } = context;
  return {
    signatures: await signaturesOf(context, applying.id),
    archiveCheck: !applying.isUncertain,
    archiveRoots: [
      ...env.archiveRoots.map((root) => root.path),
      join(env.dataDir, 'uploads'),
      join(env.dataDir, 'samples'),
    ],
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
