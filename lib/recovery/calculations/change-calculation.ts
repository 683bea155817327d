import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { CalculationView } from '#lib/calculation/edition';
import type { Actor } from '#lib/recovery/access/actor';
import { permit } from '#lib/recovery/access/permit';
import { holdCalculation, viewCalculation } from '#lib/recovery/calculations/calculation-record';
import type { CalculationId } from '#lib/recovery/calculations/read-calculations';
import { CalculationName, Description, nameTaken } from '#lib/recovery/calculations/save-calculation';
import type { Context } from '#lib/recovery/setup/context';

export const ChangeCalculationInput = z.object({
  id: z.uuid(),
  name: CalculationName.optional(),
  description: Description.optional(),
});

/**
 * Changes the name of a calculation, and the words that tell what it is for. What it calculates stays, and incidents that
 * took it. Failures: not_found, conflict (the name is taken).
 */
export async function changeCalculation(
  { store, actor }: Context,
  { id, name, description }: z.output<typeof ChangeCalculationInput>,
): Promise<CalculationView> {
  permit(actor, 'calculation.change');
  await store.$transaction(async (tx) => {
    const held = await holdCalculation(tx, id);
    if (name !== undefined && name !== held.name) await rename(tx, actor, held, name);
    if (description === undefined || description === held.description) return;
    await tx.calculation.update({ where: { id }, data: { description } });
    await writeAudit(tx, {
      actor,
      action: 'calculation.describe',
      subject: `calculation ${id}`,
      detail: { name: name ?? held.name, description },
    });
  });
  return viewCalculation(store, id);
}

type Held = { readonly id: string; readonly name: string };

async function rename(tx: StoreTransaction, actor: Actor, { id, name: before }: Held, name: string) {
  // two that take one name at the same time: the second waits here and finds the first
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('recount.calculation_name', 0))::text as held`;
  if ((await tx.calculation.count({ where: { name } })) > 0) throw nameTaken(name);
  await tx.calculation.update({ where: { id }, data: { name } });
  await writeAudit(tx, {
    actor,
    action: 'calculation.rename',
    subject: `calculation ${id}`,
    detail: { before, name },
  });
}

/**
 * Retires a calculation: no incident takes it any more, and those that have it go on. Failures: not_found, conflict (it is
 * retired already; it was never published, so that it can be discarded).
 */
export async function retireCalculation(
  { store, actor }: Context,
  { id }: z.output<typeof CalculationId>,
): Promise<CalculationView> {
  permit(actor, 'calculation.retire');
  await store.$transaction(async (tx) => {
    const { name, retiredAt, editions } = await holdCalculation(tx, id);
    if (retiredAt !== null) throw changedMeanwhile(`${name} is retired already.`);
    if (editions.every(({ publishedAt }) => publishedAt === null))
      throw new Failure('conflict', `${name} was never published.`, { fix: 'Discard its draft instead.' });
    await tx.calculation.update({ where: { id }, data: { retiredAt: new Date(), retiredBy: actor.id } });
    await tell(tx, actor, 'calculation.retire', { id, name });
  });
  return viewCalculation(store, id);
}

/** Takes a retired calculation back into use. Failures: not_found, conflict (it is not retired). */
export async function reinstateCalculation(
  { store, actor }: Context,
  { id }: z.output<typeof CalculationId>,
): Promise<CalculationView> {
  permit(actor, 'calculation.retire');
  await store.$transaction(async (tx) => {
    const { name, retiredAt } = await holdCalculation(tx, id);
    if (retiredAt === null) throw changedMeanwhile(`${name} is not retired.`);
    await tx.calculation.update({ where: { id }, data: { retiredAt: null, retiredBy: null } });
    await tell(tx, actor, 'calculation.reinstate', { id, name });
  });
  return viewCalculation(store, id);
}

const tell = (tx: StoreTransaction, actor: Actor, action: string, { id, name }: Held): Promise<void> =>
  writeAudit(tx, { actor, action, subject: `calculation ${id}`, detail: { name } });

const changedMeanwhile = (words: string): Failure => new Failure('conflict', words, { fix: 'Reload.' });
