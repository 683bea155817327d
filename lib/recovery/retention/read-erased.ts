import type { StoreTransaction } from '#lib/adapters/store/client';
import type { ErasedView } from '#lib/incident/retention';
import { isoOf, isoOrNull } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';

/** That everything of an incident was erased; null where it was not. */
export async function readErased(store: StoreTransaction, incidentId: string): Promise<ErasedView | null> {
  const erasure = await store.erasure.findFirst({ where: { incidentId, scope: 'incident' } });
  return erasure === null ? null : erasedView(erasure, await readNames(store));
}

type Erasure = {
  readonly requestedAt: Date;
  readonly requestedBy: string;
  readonly reason: string;
  readonly doneAt: Date | null;
  readonly files: number | null;
  readonly bytes: bigint | null;
};

export const erasedView = (
  { requestedAt, requestedBy, reason, doneAt, files, bytes }: Erasure,
  nameOf: (id: string) => string,
): ErasedView => ({
  at: isoOf(requestedAt),
  by: nameOf(requestedBy),
  reason,
  doneAt: isoOrNull(doneAt),
  files,
  bytes: bytes === null ? null : Number(bytes),
});
