import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';

/** How an address names an incident: `INC-7` in any case, or its id. */
export const IncidentRef = z.object({ ref: z.string() });

const LARGEST = 2_147_483_647;

/** The id of an incident. Failure not_found. */
export async function incidentId(store: StoreTransaction, ref: string): Promise<string> {
  const number = /^inc-([1-9]\d{0,9})$/i.exec(ref)?.[1];
  const where =
    number !== undefined && Number(number) <= LARGEST
      ? { number: Number(number) }
      : z.uuid().safeParse(ref).success
        ? { id: ref }
        : null;
  const found = where === null ? null : await store.incident.findUnique({ where, select: { id: true } });
  if (found !== null) return found.id;
  throw new Failure('not_found', `There is no incident ${ref}.`, { fix: 'Look in the list of incidents.' });
}

/**
 * Finds an incident and holds it until the transaction ends, so that two changes of it come one after the other.
 * Failures: not_found; conflict where it is closed.
 */
export async function holdOpenIncident(tx: StoreTransaction, ref: string) {
  const id = await incidentId(tx, ref);
  await tx.$queryRaw`select 1 as held from incident where id = ${id}::uuid for update`;
  const incident = await tx.incident.findUniqueOrThrow({
    where: { id },
    include: { archive: true, liveStore: true },
  });
  if (incident.closedAt === null) return incident;
  throw new Failure('conflict', `INC-${incident.number} is closed.`, { fix: 'Open a new incident.' });
}
