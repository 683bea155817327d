import { openSealedPatch } from '#lib/adapters/duckdb/sealed-patch';
import { writeAudit } from '#lib/adapters/store/audit';
import type { Failure } from '#lib/base/failure';
import type { RehearseOptions } from '#lib/patch/live-store';
import type { Rehearsal } from '#lib/patch/rehearsal';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { whileWanted } from '#lib/recovery/jobs/job-watch';
import { rehearseUndo } from '#lib/recovery/method/put-back';
import { withPatch } from '#lib/recovery/method/with-patch';
import { findPatchPlace, type PatchPlace } from '#lib/recovery/patches/patch-files';
import { REHEARSED } from '#lib/recovery/patches/rehearse-patch';
import type { Context } from '#lib/recovery/setup/context';
import { runVariables } from '#lib/recovery/setup/open-incident-store';
import { readNames } from '#lib/recovery/setup/people';

/**
 * Does a patch's statements on the live store and rolls them back. Whatever ends it, nothing remains there: a worker that
 * dies leaves a transaction that its server rolls back. The patch itself never changes by it.
 */
export const rehearseJob: JobHandler = {
  onStop: 'abort',
  run: async (context, id, signal) => {
    const rehearsing = await begin(context, id);
    if (rehearsing === null) return;
    const isWanted = async (): Promise<boolean> => {
      const now = await context.store.rehearsal.findUnique({ where: { id } });
      return now?.state === 'running' && now.cancelRequestedAt === null;
    };
    const held = await whileWanted(signal, isWanted, (wanted) => rehearse(context, rehearsing, wanted));
    await context.store.$transaction(async (tx) => {
      const { place } = rehearsing;
      const data = { state: 'done', result: { ...held, refusal: refusalJson(held) }, finishedAt: new Date() };
      const { count } = await tx.rehearsal.updateMany({ where: { id, state: 'running' }, data });
      if (count === 0) return;
      await writeAudit(tx, {
        actor: 'recount',
        action: 'patch.rehearsed',
        incidentId: place.incidentId,
        subject: `patch ${place.id}`,
        detail: { seal: place.seal, status: held.status, code: held.refusal?.code ?? null },
      });
    });
  },
  fail: recordEnd,
};

type Rehearsing = { readonly place: PatchPlace; readonly limitMs: number };

/** Takes the rehearsal; null where it is not wanted any more, or the patch is not what it was asked for. */
async function begin({ store }: Context, id: string): Promise<Rehearsing | null> {
  const rehearsal = await store.rehearsal.findUnique({ where: { id }, include: { patch: true } });
  if (rehearsal === null) return null;
  const { patch, limitMs, seal } = rehearsal;
  const isCurrent = patch.seal === seal && REHEARSED.some((state) => state === patch.state);
  const { count } = await store.rehearsal.updateMany({
    where: { id, state: { in: ['queued', 'running'] } },
    data: isCurrent
      ? { state: 'running', startedAt: new Date() }
      : { state: 'cancelled', finishedAt: new Date() },
  });
  return count === 1 && isCurrent ? { place: await findPatchPlace(store, patch.id), limitMs } : null;
}

async function rehearse(
  context: Context,
  { place, limitMs }: Rehearsing,
  signal: AbortSignal,
): Promise<Rehearsal> {
  const nameOf = await readNames(context.store);
  const { author } = await context.store.patch.findUniqueOrThrow({ where: { id: place.id } });
  const signatures = { author: nameOf(author), approvedBy: null, approvedAt: null };
  const options: RehearseOptions = { signatures, limitMs, signal };
  const { dir, seal, undone } = place;
  return withPatch(
    dir,
    { ...context.env, signal },
    await runVariables(context, place.runId),
    async (places) => {
      if (undone !== null) return rehearseUndo({ ...places, undoneDir: undone.dir }, seal, options);
      return places.live.rehearse(await openSealedPatch(places.session, dir, seal), options);
    },
    'child',
    undone === null ? [] : [undone.dir],
  );
}

/** The result as JSON: readonly lists are none to the records' types. */
function refusalJson({ refusal }: Rehearsal): { [name: string]: string | string[] } | null {
  if (refusal === null) return null;
  const { rows, ...told } = refusal;
  return rows === undefined ? told : { ...told, rows: [...rows] };
}

/** It could not be held, or was called off. */
async function recordEnd({ store }: Context, id: string, failure: Failure): Promise<void> {
  const { code, message, fix } = failure;
  await store.$transaction(async (tx) => {
    const rehearsal = await tx.rehearsal.findUnique({ where: { id }, include: { patch: true } });
    if (rehearsal === null) return;
    const isCancelled = rehearsal.cancelRequestedAt !== null || code === 'run.cancelled';
    const { count } = await tx.rehearsal.updateMany({
      where: { id, state: { in: ['queued', 'running'] } },
      data: isCancelled
        ? { state: 'cancelled', finishedAt: new Date() }
        : { state: 'failed', error: { code, message, fix }, finishedAt: new Date() },
    });
    if (count === 0 || isCancelled) return;
    await writeAudit(tx, {
      actor: 'recount',
      action: 'patch.rehearsal_failed',
      incidentId: rehearsal.patch.incidentId,
      subject: `patch ${rehearsal.patchId}`,
      detail: { code, message },
    });
  });
}
