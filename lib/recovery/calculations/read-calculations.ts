import { z } from 'zod';
import type { CalculationList, CalculationView } from '#lib/calculation/edition';
import { permit } from '#lib/recovery/access/permit';
import { viewCalculation } from '#lib/recovery/calculations/calculation-record';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';

export const CalculationId = z.object({ id: z.uuid() });

/** A calculation with its editions, their test runs, and the incidents that took it. Failure not_found. */
export async function readCalculation(
  { store, actor }: Context,
  { id }: z.output<typeof CalculationId>,
): Promise<CalculationView> {
  permit(actor, 'calculation.read');
  return viewCalculation(store, id);
}

/** Every calculation of the library, by name. */
export async function listCalculations({ store, actor }: Context): Promise<CalculationList> {
  permit(actor, 'calculation.read');
  const nameOf = await readNames(store);
  const found = await store.calculation.findMany({
    orderBy: { name: 'asc' },
    include: {
      editions: {
        orderBy: { number: 'desc' },
        select: {
          id: true,
          number: true,
          publishedAt: true,
          publishedBy: true,
          _count: { select: { incidents: true } },
        },
      },
    },
  });
  return {
    rows: found.map(({ id, name, description, retiredAt, editions }) => ({
      id,
      name,
      description,
      isRetired: retiredAt !== null,
      published: editions.flatMap((edition) =>
        edition.publishedAt === null || edition.publishedBy === null
          ? []
          : [
              {
                id: edition.id,
                number: edition.number,
                by: nameOf(edition.publishedBy),
                at: isoOf(edition.publishedAt),
              },
            ],
      ),
      hasDraft: editions.some(({ publishedAt }) => publishedAt === null),
      incidents: editions.reduce((sum, { _count }) => sum + _count.incidents, 0),
    })),
  };
}
