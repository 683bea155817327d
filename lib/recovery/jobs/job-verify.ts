import { writeAudit } from '#lib/adapters/store/audit';
import { movePatch, notePatch, type PatchChange } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import type { ApplyProgress, Verification } from '#lib/patch/patch';
import { WRITTEN } from '#lib/patch/state';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { verify } from '#lib/recovery/method/apply';
import { withPatch } from '#lib/recovery/method/with-patch';
import { type PatchOutcome, readOutcome, readSteps, recordedError } from '#lib/recovery/patches/patch-record';
import { touchIncident } from '#lib/recovery/patches/patch-refusal';
import { freezeOutcome } from '#lib/recovery/reports/freeze-report';
import type { Context } from '#lib/recovery/setup/context';
import { runVariables } from '#lib/recovery/setup/open-incident-store';

const now = (): string => `${new Date().toISOString().slice(0, -1)}000Z`;

type Verifying = {
  readonly id: string;
  readonly incidentId: string;
  readonly runId: string;
  readonly dir: string;
  readonly total: number;
  readonly outcome: PatchOutcome;
  readonly steps: readonly ApplyProgress[];
};

/** Compares the rows of an applied patch with what it wrote, and freezes the report of that. Safe to repeat. */
export const verifyJob: JobHandler = {
  onStop: 'abort',
  run: async (context, id, signal) => {
    const verifying = await findVerifying(context, id);
    if (verifying === null) return;
    const begun = await tellBegun(context, verifying);
    const found = await withPatch(
      verifying.dir,
      { ...context.env, signal },
      await runVariables(context, verifying.runId),
      (places) => verify(places),
      'child',
    );
    await record(context, begun, found);
    await freezeOutcome(context, verifying.incidentId, id);
  },
  fail: async ({ store }, id, failure) => {
    await store.$transaction(async (tx) => {
      if (!(await notePatch(tx, id, WRITTEN, { error: recordedError(failure) }))) return;
      const { incidentId } = await tx.patch.findUniqueOrThrow({ where: { id } });
      const { code, message } = failure;
      await writeAudit(tx, {
        actor: 'recount',
        action: 'patch.verify_failed',
        incidentId,
        subject: `patch ${id}`,
        detail: { code, message },
      });
    });
  },
};

async function findVerifying({ store }: Context, id: string): Promise<Verifying | null> {
  const patch = await store.patch.findUnique({ where: { id }, include: { run: true } });
  const outcome = readOutcome(patch?.outcome ?? null);
  if (patch === null || outcome === null || !WRITTEN.some((state) => state === patch.state)) return null;
  const dir = patch.dir ?? patch.run.dir;
  if (dir === null) throw new Failure('run.incomplete', 'The files of this run are gone.');
  const { incidentId, runId, updates, inserts, deletes } = patch;
  const total = updates + inserts + deletes;
  return { id, incidentId, runId, dir, total, outcome, steps: readSteps(patch.progress) };
}

const line = (done: number, total: number): ApplyProgress => ({ step: 'verify', done, total, at: now() });

/** The first comparison is the last step of the apply as the page shows it; later ones leave the steps as they were. */
async function tellBegun({ store }: Context, verifying: Verifying): Promise<Verifying> {
  if (verifying.outcome.verification !== null) return verifying;
  const steps = [
    ...verifying.steps.filter(({ step }) => step !== 'verify').map((one) => ({ ...one })),
    line(0, verifying.total),
  ];
  await notePatch(store, verifying.id, WRITTEN, { progress: steps });
  return { ...verifying, steps };
}

async function record({ store }: Context, verifying: Verifying, found: Verification): Promise<void> {
  const { id, incidentId, outcome, total } = verifying;
  const steps = [...verifying.steps.map((one) => ({ ...one })), line(total, total)];
  const isRight = found.differ === 0;
  const at = now();
  const change: PatchChange = {
    outcome: { ...outcome, verification: { ...found, at } },
    error: null,
    verifiedAt: isRight ? new Date(at) : null,
    ...(outcome.verification === null ? { progress: steps } : {}),
  };
  await store.$transaction(async (tx) => {
    if (!(await movePatch(tx, id, isRight ? 'verify' : 'differ', change))) return;
    await touchIncident(tx, incidentId);
    await writeAudit(tx, {
      actor: 'recount',
      action: isRight ? 'patch.verified' : 'patch.differs',
      incidentId,
      subject: `patch ${id}`,
      detail: { ...found },
    });
  });
}
