import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import type { CalculationView } from '#lib/calculation/edition';
import { textToContent } from '#lib/calculation/edition-text';
import { permit } from '#lib/recovery/access/permit';
import { viewCalculation } from '#lib/recovery/calculations/calculation-record';
import { checkedContent, writtenInIncident } from '#lib/recovery/calculations/checked-content';
import type { Context } from '#lib/recovery/setup/context';

export const Description = z.string().trim().max(2_000, 'is longer than 2,000 characters');

export const CalculationName = z
  .string()
  .trim()
  .min(1, 'needs a name')
  .max(100, 'is longer than 100 characters');
/** A calculation as a plan writes it, in YAML. */
export const CalculationText = z.string().max(200_000, 'is too long for a calculation');

export const SaveCalculationInput = z
  .object({
    name: CalculationName,
    description: Description.default(''),
    /** INC-<number>: whose calculation is saved. */
    incident: z.string().optional(),
    /** Written by itself, without an incident. */
    text: CalculationText.optional(),
  })
  .refine(({ incident, text }) => (incident === undefined) !== (text === undefined), {
    message: 'give either an incident or a text',
  });

/**
 * Saves a calculation into the library, as a draft under a name of its own: that of an incident, which stays as it is, or
 * one that is written by itself. Failures: not_found, conflict (the name is taken), plan.* with every problem of the
 * calculation.
 */
export async function saveCalculation(
  context: Context,
  { name, description, incident, text = '' }: z.output<typeof SaveCalculationInput>,
): Promise<CalculationView> {
  permit(context.actor, 'calculation.change');
  const { store, actor } = context;
  const from = incident === undefined ? null : await writtenInIncident(store, incident);
  const { content, sha256 } = await checkedContent(context, name, from?.written ?? textToContent(text));
  const id = await store.$transaction(async (tx) => {
    // two that save under one name at the same time: the second waits here and finds the first
    const made = await tx.calculation.createManyAndReturn({
      data: { name, description, createdBy: actor.id },
      skipDuplicates: true,
    });
    const [calculation] = made;
    if (calculation === undefined) throw nameTaken(name);
    await tx.calculationEdition.create({
      data: {
        calculationId: calculation.id,
        number: 1,
        content,
        sha256,
        incidentId: from?.id ?? null,
        createdBy: actor.id,
      },
    });
    await writeAudit(tx, {
      actor,
      action: 'calculation.save',
      ...(from === null ? {} : { incidentId: from.id }),
      subject: `calculation ${calculation.id}`,
      detail: { name, edition: 1, sha256 },
    });
    return calculation.id;
  });
  return viewCalculation(store, id);
}

export const nameTaken = (name: string): Failure =>
  new Failure('conflict', `There is a calculation ${name} already.`, {
    fix: 'Choose another name, or save this as a draft of that one.',
  });
