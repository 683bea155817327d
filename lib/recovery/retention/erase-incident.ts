import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { archivesOf, markErased } from '#lib/adapters/store/erasures';
import { Bug, Failure } from '#lib/base/failure';
import type { ErasedView } from '#lib/incident/retention';
import { permit } from '#lib/recovery/access/permit';
import { requireStepUp, spendStepUp } from '#lib/recovery/access/step-up';
import { freezeForGood } from '#lib/recovery/reports/freeze-for-good';
import { carryOut, type Step } from '#lib/recovery/retention/carry-out';
import { readErased } from '#lib/recovery/retention/read-erased';
import { refuseKept } from '#lib/recovery/retention/refuse-kept';
import { stagedContents } from '#lib/recovery/retention/staged-contents';
import type { Context } from '#lib/recovery/setup/context';
import { IncidentRef, incidentId } from '#lib/recovery/setup/find-incident';

export const EraseIncidentInput = IncidentRef.extend({
  reason: z.string().trim().min(1, 'say why it is erased').max(2000),
  confirm: z.string().max(100),
});

/**
 * Erases everything of an incident that holds events or rows: uploads, staged events, the files of previews and patches, and
 * what the records keep of them. It closes the incident. The report is frozen first; report and audit remain. `confirm` is
 * the incident's name. Failures: access.prove, not_found, request.invalid, conflict (still needed, or erased already),
 * patch.state.
 */
export async function eraseIncident(
  context: Context,
  { ref, reason, confirm }: z.output<typeof EraseIncidentInput>,
): Promise<ErasedView> {
  permit(context.actor, 'incident.erase');
  await requireStepUp(context);
  const id = await incidentId(context.store, ref);
  const { number } = await context.store.incident.findUniqueOrThrow({
    where: { id },
    select: { number: true },
  });
  if (confirm.trim() !== `INC-${number}`)
    throw new Failure('request.invalid', `confirm: type INC-${number} to confirm what is erased`);
  return eraseNow(context, id, reason);
}

/** The same without asking back, for the command on the machine: who may run it has the data folder. */
export async function eraseNow(
  context: Pick<Context, 'store' | 'env' | 'actor'>,
  id: string,
  reason: string,
  passed?: (step: Step) => void,
): Promise<ErasedView> {
  const { store, actor } = context;
  await refuseKept(store, id);
  await freezeForGood(context, id);
  const staged = await stagedContents(context, id);
  const erasureId = await changeRecords(store, async (tx) => {
    await tx.$queryRaw`select 1 as held from incident where id = ${id}::uuid for update`;
    await refuseKept(tx, id);
    await spendStepUp(tx, actor);
    const marked = await markAll(tx, id);
    const erasure = await tx.erasure.create({
      data: { incidentId: id, scope: 'incident', requestedBy: actor.id, reason, staged },
    });
    await writeAudit(tx, {
      actor,
      action: 'incident.erase',
      incidentId: id,
      subject: `incident ${id}`,
      detail: { ...marked, staged: staged.length, reason },
    });
    return erasure.id;
  });
  await carryOut(context, erasureId, passed);
  const erased = await readErased(store, id);
  if (erased === null) throw new Bug(`incident ${id} was erased and has no record of it`);
  return erased;
}

/** Marks all of it, and closes the incident. Answers how many of each. */
async function markAll(
  tx: StoreTransaction,
  incidentId: string,
): Promise<{ runs: number; patches: number; surveys: number; archives: number }> {
  const where = { incidentId, erasedAt: null };
  const select = { id: true } as const;
  const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
  const going = {
    runs: idsOf(await tx.run.findMany({ where: { ...where, dir: { not: null } }, select })),
    patches: idsOf(await tx.patch.findMany({ where, select })),
    surveys: idsOf(await tx.survey.findMany({ where, select })),
    archives: (await archivesOf(tx, incidentId))
      .filter(({ kind, shared, live }) => kind === 'upload' && !shared && !live)
      .map(({ id }) => id),
  };
  const now = new Date();
  await markErased(tx, going, now);
  await tx.incident.updateMany({ where: { id: incidentId, closedAt: null }, data: { closedAt: now } });
  const { runs, patches, surveys, archives } = going;
  return {
    runs: runs.length,
    patches: patches.length,
    surveys: surveys.length,
    archives: archives.length,
  };
}
