import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import type { CalculationView } from '#lib/calculation/edition';
import { permit } from '#lib/recovery/access/permit';
import { viewCalculation } from '#lib/recovery/calculations/calculation-record';
import { checkedContent, writtenInIncident } from '#lib/recovery/calculations/checked-content';
import type { Context } from '#lib/recovery/setup/context';

export const Description = z.string().trim().max(2_000, 'is longer than 2,000 characters');

export const SaveCalculationInput = z.object({
  name: z.string().trim().min(1, 'needs a name').max(100, 'is longer than 100 characters'),
  description: Description.default(''),
  /** INC-<number>: whose calculation is saved. */
  incident: z.string(),
});

/**
 * Saves an incident's calculation into the library, as a draft under a name of its own. The incident itself stays as it is.
 * Failures: not_found, conflict (the name is taken), plan.* with every problem of the calculation.
 */
export async function saveCalculation(
  context: Context,
  { name, description, incident }: z.output<typeof SaveCalculationInput>,
): Promise<CalculationView> {
  permit(context.actor, 'calculation.change');
  const { store, actor } = context;
  const from = await writtenInIncident(store, incident);
  const { content, sha256 } = await checkedContent(context, name, from.written);
  const id = await store.$transaction(async (tx) => {
    // two that save under one name at the same time: the second waits here and finds the first
    const made = await tx.calculation.createManyAndReturn({
      data: { name, description, createdBy: actor.id },
      skipDuplicates: true,
    });
    const [calculation] = made;
    if (calculation === undefined)
      throw new Failure('conflict', `There is a calculation ${name} already.`, {
        fix: 'Choose another name, or save this as a draft of that one.',
      });
    await tx.calculationEdition.create({
      data: {
        calculationId: calculation.id,
        number: 1,
        content,
        sha256,
        incidentId: from.id,
        createdBy: actor.id,
      },
    });
    await writeAudit(tx, {
      actor,
      action: 'calculation.save',
      incidentId: from.id,
      subject: `calculation ${calculation.id}`,
      detail: { name, edition: 1, sha256 },
    });
    return calculation.id;
  });
  return viewCalculation(store, id);
}
