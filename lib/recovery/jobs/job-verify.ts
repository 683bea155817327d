import { z } from 'zod';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { wrongRows } from '#lib/adapters/duckdb/undo-verify';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { movePatch, notePatch, type PatchChange } from '#lib/adapters/store/patches';
import { Failure } from '#lib/base/failure';
import type { ApplyProgress, Verification } from '#lib/patch/patch';
import type { WrongRows } from '#lib/patch/rehearsal';
import { WRITTEN } from '#lib/patch/state';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { checkLedger } from '#lib/recovery/jobs/ledger-check';
import { type PatchPlaces, verify } from '#lib/recovery/method/apply';
import { verifyUndo } from '#lib/recovery/method/put-back';
import { withPatch } from '#lib/recovery/method/with-patch';
import { readAlarm, withComparison } from '#lib/recovery/patches/alarm-record';
import { findPatchPlace, type PatchPlace } from '#lib/recovery/patches/patch-files';
import { type PatchOutcome, readOutcome, readSteps, recordedError } from '#lib/recovery/patches/patch-record';
import { touchIncident } from '#lib/recovery/patches/patch-refusal';
import { alarmAfter, NAMED } from '#lib/recovery/patches/raise-alarm';
import { freezeOutcome } from '#lib/recovery/reports/freeze-report';
import type { Context } from '#lib/recovery/setup/context';
import { runVariables } from '#lib/recovery/setup/open-incident-store';

const now = (): string => `${new Date().toISOString().slice(0, -1)}000Z`;

type Verifying = {
  readonly id: string;
  readonly incidentId: string;
  readonly runId: string;
  readonly liveStoreId: string | null;
  readonly dir: string;
  /** Of an undo: the patch that it put back. */
  readonly undone: PatchPlace['undone'];
  readonly total: number;
  readonly outcome: PatchOutcome;
  readonly steps: readonly ApplyProgress[];
};

/** What a comparison found, and the first rows that are wrong. */
type Found = { readonly verification: Verification; readonly wrong: WrongRows };

/** Compares the rows of an applied patch with what it wrote, and freezes the report of that. Safe to repeat. */
export const verifyJob: JobHandler = {
  onStop: 'abort',
  run: async (context, id, signal) => {
    const verifying = await findVerifying(context, id);
    if (verifying === null) return;
    const begun = await tellBegun(context, verifying);
    const found = await compare(context, verifying, signal);
    if (found === null) return;
    await record(context, begun, found);
    await freezeOutcome(context, verifying.incidentId, verifying.undone?.id ?? id);
  },
  fail: async ({ store }, id, failure) => {
    await changeRecords(store, async (tx) => {
      await holdIncidentOf(tx, id);
      const { incidentId, error } = await tx.patch.findUniqueOrThrow({ where: { id } });
      if (!(await notePatch(tx, id, WRITTEN, { error: recordedError(failure) }))) return;
      const { code, message } = failure;
      // a live store that stays away is asked every minute, and told of once
      if (code === 'live.unreachable' && z.object({ code: z.literal(code) }).safeParse(error).success) return;
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
  // its rows were erased since: nothing is left to compare
  if (patch === null || patch.erasedAt !== null) return null;
  if (outcome === null || !WRITTEN.some((state) => state === patch.state)) return null;
  const { dir, undone } = await findPatchPlace(store, id);
  const { incidentId, runId, updates, inserts, deletes } = patch;
  const { liveStoreId } = patch.run;
  const total = updates + inserts + deletes;
  return {
    id,
    incidentId,
    runId,
    liveStoreId,
    dir,
    undone,
    total,
    outcome,
    steps: readSteps(patch.progress),
  };
}

/** Null where the ledger does not have the patch any more: then its record has said so. */
async function compare(context: Context, verifying: Verifying, signal: AbortSignal): Promise<Found | null> {
  const { id, dir, undone, runId, liveStoreId } = verifying;
  try {
    const variables = await runVariables(context, runId);
    const work = { ...context.env, signal };
    const also = undone === null ? [] : [undone.dir];
    return await withPatch(dir, work, variables, (places) => look(places, undone), 'child', also);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'patch.not_applied' || liveStoreId === null)
      throw error;
    await checkLedger(context, liveStoreId);
    if ((await findVerifying(context, id)) === null) return null;
    throw error;
  }
}

async function look(places: PatchPlaces, undone: PatchPlace['undone']): Promise<Found> {
  const verification =
    undone === null ? await verify(places) : await verifyUndo({ ...places, undoneDir: undone.dir });
  if (verification.differ === 0) return { verification, wrong: { stretches: '', first: [] } };
  const { session, live, dir } = places;
  return { verification, wrong: await wrongRows(session, live, dir, await readPatchHeader(dir), NAMED) };
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

async function record({ store }: Context, verifying: Verifying, found: Found): Promise<void> {
  const { id, incidentId, outcome, total } = verifying;
  const { verification, wrong } = found;
  const steps = [...verifying.steps.map((one) => ({ ...one })), line(total, total)];
  const isRight = verification.differ === 0;
  const at = now();
  await changeRecords(store, async (tx) => {
    await holdIncidentOf(tx, id);
    const known = await tx.patch.findUniqueOrThrow({ where: { id } });
    const before = readAlarm(known.alarm);
    const alarm = alarmAfter(before, verification, wrong, at);
    const change: PatchChange = {
      outcome: { ...outcome, verification: { ...verification, at } },
      error: null,
      verifiedAt: isRight ? new Date(at) : null,
      alarm,
      verifications: withComparison(known.verifications, { ...verification, at }),
      ...(outcome.verification === null ? { progress: steps } : {}),
    };
    if (!(await movePatch(tx, id, isRight ? 'verify' : 'differ', change))) return;
    await touchIncident(tx, incidentId);
    await writeAudit(tx, {
      actor: 'recount',
      action: isRight ? 'patch.verified' : 'patch.differs',
      incidentId,
      subject: `patch ${id}`,
      detail: {
        ...verification,
        ...(alarm === null ? {} : { rows: alarm.rows }),
        ...(alarm === null && before !== null ? { alarm: 'cleared' } : {}),
      },
    });
  });
}
