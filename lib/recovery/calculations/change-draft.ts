import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { CalculationView } from '#lib/calculation/edition';
import { textToContent } from '#lib/calculation/edition-text';
import { permit } from '#lib/recovery/access/permit';
import { draftOfHeld, holdCalculation, viewCalculation } from '#lib/recovery/calculations/calculation-record';
import { checkedContent } from '#lib/recovery/calculations/checked-content';
import { CalculationText } from '#lib/recovery/calculations/save-calculation';
import type { Context } from '#lib/recovery/setup/context';

export const ChangeDraftInput = z.object({
  id: z.uuid(),
  text: CalculationText,
  /** The SHA-256 of the draft that was on the screen: another person's change is never overwritten unseen. */
  sha256: z.string(),
});

/**
 * Writes the draft of a calculation anew, from YAML. Test runs of the draft before say nothing of it any more: those that
 * are under way are stopped. Failures: not_found, conflict (no draft; changed meanwhile), plan.* with every problem.
 */
export async function changeDraft(
  context: Context,
  { id, text, sha256: shown }: z.output<typeof ChangeDraftInput>,
): Promise<CalculationView> {
  permit(context.actor, 'calculation.change');
  const { store, actor } = context;
  const known = await store.calculation.findUnique({ where: { id }, select: { name: true } });
  const { content, sha256 } = await checkedContent(context, known?.name ?? '', textToContent(text));
  await store.$transaction(async (tx) => {
    const draft = draftOfHeld(await holdCalculation(tx, id));
    if (draft.sha256 !== shown)
      throw new Failure('conflict', 'Somebody changed this draft meanwhile.', {
        fix: 'Reload, and make your change again.',
      });
    if (draft.sha256 !== sha256) await stopTests(tx, draft.id);
    await tx.calculationEdition.update({
      where: { id: draft.id },
      data: { content, sha256, changedAt: new Date() },
    });
    await writeAudit(tx, {
      actor,
      action: 'calculation.change_draft',
      subject: `calculation ${id}`,
      detail: { edition: draft.number, before: draft.sha256, sha256 },
    });
  });
  return viewCalculation(store, id);
}

/** Stops the test runs of a draft that are under way; the worker leaves them alone. */
export async function stopTests(tx: StoreTransaction, editionId: string): Promise<void> {
  await tx.calculationTest.updateMany({
    where: { editionId, state: { in: ['queued', 'running'] } },
    data: { state: 'cancelled', finishedAt: new Date() },
  });
}
