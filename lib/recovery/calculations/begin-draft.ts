import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { Failure } from '#lib/base/failure';
import type { CalculationView } from '#lib/calculation/edition';
import { EditionContent } from '#lib/calculation/edition-content';
import { permit } from '#lib/recovery/access/permit';
import {
  draftOfHeld,
  holdCalculation,
  refuseRetired,
  viewCalculation,
} from '#lib/recovery/calculations/calculation-record';
import { checkedContent, writtenInIncident } from '#lib/recovery/calculations/checked-content';
import type { CalculationId } from '#lib/recovery/calculations/read-calculations';
import type { Context } from '#lib/recovery/setup/context';

export const BeginDraftInput = z.object({
  id: z.uuid(),
  /** INC-<number>: whose calculation becomes the draft; without it the newest edition does. */
  incident: z.string().optional(),
});

/**
 * Begins the next edition of a calculation as a draft: a copy of the newest one, or what an incident calculates.
 * Failures: not_found, conflict (there is a draft already; it is retired), plan.* with every problem.
 */
export async function beginDraft(
  context: Context,
  { id, incident }: z.output<typeof BeginDraftInput>,
): Promise<CalculationView> {
  permit(context.actor, 'calculation.change');
  const { store, actor } = context;
  const known = await store.calculation.findUnique({ where: { id }, select: { name: true } });
  const from = incident === undefined ? null : await writtenInIncident(store, incident);
  const given = from === null ? null : await checkedContent(context, known?.name ?? '', from.written);
  await store.$transaction(async (tx) => {
    const held = await holdCalculation(tx, id);
    refuseRetired(held);
    const { name, draft, editions } = held;
    const [newest] = editions;
    if (draft !== null)
      throw new Failure('conflict', `${name} has a draft already.`, {
        fix: 'Publish or discard it first.',
      });
    const number = (newest?.number ?? 0) + 1;
    const content = given?.content ?? EditionContent.parse(newest?.content);
    const sha256 = given?.sha256 ?? newest?.sha256 ?? '';
    await tx.calculationEdition.create({
      data: { calculationId: id, number, content, sha256, incidentId: from?.id ?? null, createdBy: actor.id },
    });
    await writeAudit(tx, {
      actor,
      action: 'calculation.begin_draft',
      ...(from === null ? {} : { incidentId: from.id }),
      subject: `calculation ${id}`,
      detail: { name, edition: number, sha256 },
    });
  });
  return viewCalculation(store, id);
}

/**
 * Discards the draft of a calculation, with its test runs; a calculation that was never published goes with it.
 * Failures: not_found, conflict (no draft).
 */
export async function discardDraft(
  { store, actor }: Context,
  { id }: z.output<typeof CalculationId>,
): Promise<{ readonly removed: boolean }> {
  permit(actor, 'calculation.change');
  return store.$transaction(async (tx) => {
    const held = await holdCalculation(tx, id);
    const draft = draftOfHeld(held);
    const removed = held.editions.length === 1;
    await tx.calculationEdition.delete({ where: { id: draft.id } });
    if (removed) await tx.calculation.delete({ where: { id } });
    await writeAudit(tx, {
      actor,
      action: 'calculation.discard_draft',
      subject: `calculation ${id}`,
      detail: { name: held.name, edition: draft.number, sha256: draft.sha256, removed },
    });
    return { removed };
  });
}
