import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { type CalculationView, isClean, type TestResult } from '#lib/calculation/edition';
import { permit } from '#lib/recovery/access/permit';
import {
  draftOfHeld,
  holdCalculation,
  refuseRetired,
  TestResultSchema,
  viewCalculation,
} from '#lib/recovery/calculations/calculation-record';
import { stopTests } from '#lib/recovery/calculations/change-draft';
import type { Context } from '#lib/recovery/setup/context';

export const PublishEditionInput = z.object({
  id: z.uuid(),
  /** Of the draft that was on the screen. */
  sha256: z.string(),
  /** Needed where the test run is not clean. */
  reason: z.string().trim().max(2_000, 'is longer than 2,000 characters').default(''),
});

/**
 * Publishes the draft of a calculation, for good. Its newest finished test run of exactly this content is kept with it;
 * where rows differed there, or none was compared, a reason must be given. Failures: not_found, conflict (no draft; retired;
 * changed meanwhile; not tested; the same as an edition before; no reason).
 */
export async function publishEdition(
  { store, actor }: Context,
  { id, sha256, reason }: z.output<typeof PublishEditionInput>,
): Promise<CalculationView> {
  permit(actor, 'calculation.publish');
  await store.$transaction(async (tx) => {
    const held = await holdCalculation(tx, id);
    refuseRetired(held);
    const draft = draftOfHeld(held);
    if (draft.sha256 !== sha256)
      throw new Failure('conflict', 'Somebody changed this draft meanwhile.', {
        fix: 'Reload, and look at what would be published.',
      });
    const same = held.editions.find((one) => one.id !== draft.id && one.sha256 === sha256);
    if (same !== undefined)
      throw new Failure('conflict', `The draft calculates what edition ${same.number} does.`, {
        fix: 'Use that edition, or change the draft.',
      });
    const test = await newestTest(tx, draft.id, sha256);
    const clean = isClean(test.result);
    if (!clean && reason === '') throw notClean(test.result);
    await tx.calculationEdition.update({
      where: { id: draft.id },
      data: {
        publishedAt: new Date(),
        publishedBy: actor.id,
        testId: test.id,
        reason: clean ? null : reason,
      },
    });
    await stopTests(tx, draft.id);
    await writeAudit(tx, {
      actor,
      action: 'calculation.publish',
      subject: `calculation ${id}`,
      detail: {
        name: held.name,
        edition: draft.number,
        sha256,
        test: test.id,
        compared: test.result.cells,
        differ: test.result.differ,
        ...(clean ? {} : { reason }),
      },
    });
  });
  return viewCalculation(store, id);
}

async function newestTest(
  tx: StoreTransaction,
  editionId: string,
  sha256: string,
): Promise<{ readonly id: string; readonly result: TestResult }> {
  const test = await tx.calculationTest.findFirst({
    where: { editionId, sha256, state: 'done' },
    orderBy: { finishedAt: 'desc' },
    select: { id: true, result: true },
  });
  if (test !== null) return { id: test.id, result: TestResultSchema.parse(test.result) };
  throw new Failure('conflict', 'This draft was not tested as it is now.', {
    fix: 'Run a test on a healthy stretch first.',
  });
}

const notClean = ({ cells, differ }: TestResult): Failure =>
  new Failure(
    'conflict',
    cells === 0
      ? 'The test run compared no row.'
      : `In the test run ${differ} of ${cells} rows differ from what is live.`,
    { fix: 'Test it on another stretch, correct the draft, or give a reason to publish it as it is.' },
  );
