import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import { parseInstant } from '#lib/base/instant';
import type { CalculationView } from '#lib/calculation/edition';
import { EditionContent } from '#lib/calculation/edition-content';
import { planToFile } from '#lib/plan/to-file';
import { permit } from '#lib/recovery/access/permit';
import { refuseTooMuchWork } from '#lib/recovery/access/work-limit';
import { holdCalculation, viewCalculation } from '#lib/recovery/calculations/calculation-record';
import { testPlan } from '#lib/recovery/calculations/test-plan';
import { notArrived } from '#lib/recovery/incidents/incident-missing';
import { checkFailure } from '#lib/recovery/method/check';
import type { Context } from '#lib/recovery/setup/context';
import { incidentId } from '#lib/recovery/setup/find-incident';
import { draftOf } from '#lib/recovery/setup/incident-places';

const Instant = z
  .string()
  .max(40)
  .refine((text) => parseInstant(text) !== null, 'is no time with an offset');

export const StartTestInput = z.object({
  id: z.uuid(),
  editionId: z.uuid(),
  /** INC-<number>: whose archive and live table are used. */
  incident: z.string(),
  from: Instant,
  to: Instant,
});

/**
 * Starts a test run of an edition: it is calculated over a stretch in which all was well, and held against the live rows.
 * Nothing is written there. Failures: not_found, conflict (one is under way), work.too_much, plan.* where the edition does not fit the
 * incident.
 */
export async function startTest(
  context: Context,
  { id, editionId, incident: ref, from, to }: z.output<typeof StartTestInput>,
): Promise<CalculationView> {
  permit(context.actor, 'calculation.change');
  const { store, actor, jobs } = context;
  const incident = await store.incident.findUniqueOrThrow({ where: { id: await incidentId(store, ref) } });
  const missing = incident.archiveId === null ? [] : await notArrived(store, incident.archiveId);
  if (incident.archiveId === null || incident.liveStoreId === null)
    throw new Failure('conflict', `INC-${incident.number} has no archive or no live store yet.`, {
      fix: 'Choose an incident whose set-up is complete.',
    });
  await store.$transaction(async (tx) => {
    const { name, editions } = await holdCalculation(tx, id);
    const edition = editions.find((one) => one.id === editionId);
    if (edition === undefined) throw new Failure('not_found', `${name} has no such edition.`);
    await refuseSecond(
      tx.calculationTest.count({ where: { editionId, state: { in: ['queued', 'running'] } } }),
    );
    const { plan, problems } = testPlan(draftOf(incident.plan), EditionContent.parse(edition.content), {
      from,
      to,
    });
    if (plan === null || missing.length > 0) throw checkFailure([...problems, ...missing]);
    await refuseTooMuchWork(tx, actor);
    const test = await tx.calculationTest.create({
      data: {
        editionId,
        sha256: edition.sha256,
        incidentId: incident.id,
        plan: planToFile(plan),
        archiveId: incident.archiveId,
        liveStoreId: incident.liveStoreId,
        stretchFrom: from,
        stretchTo: to,
        createdBy: actor.id,
      },
    });
    await writeAudit(tx, {
      actor,
      action: 'calculation.test',
      incidentId: incident.id,
      subject: `calculation ${id}`,
      detail: { name, edition: edition.number, sha256: edition.sha256, test: test.id, from, to },
    });
    await jobs.enqueue('test', test.id, tx);
  });
  return viewCalculation(store, id);
}

async function refuseSecond(underWay: Promise<number>): Promise<void> {
  if ((await underWay) > 0)
    throw new Failure('conflict', 'A test run of this edition is under way.', {
      fix: 'Wait until it is done.',
    });
}
