import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';

/** What is answered where files were erased: in words that name the day, never as a fault. */
export const erasedFailure = (what: string, at: Date): Failure =>
  new Failure('data.erased', `${what} were erased on ${at.toISOString().slice(0, 10)}.`);

/** Failure data.erased where it has happened. */
export function refuseErased(what: string, at: Date | null): void {
  if (at !== null) throw erasedFailure(what, at);
}

/** Failure data.erased where the rows of a patch went. */
export async function refuseErasedPatch(store: StoreTransaction, id: string): Promise<void> {
  const patch = await store.patch.findUnique({ where: { id }, select: { erasedAt: true } });
  refuseErased('The rows of this patch', patch?.erasedAt ?? null);
}
