import type { StoreTransaction } from '#lib/adapters/store/client';

/** Finds the name of a person by id; an id of no person (`recount` itself) is its own name. */
export async function readNames(store: StoreTransaction): Promise<(id: string) => string> {
  const people = await store.person.findMany({ select: { id: true, name: true } });
  const names = new Map(people.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? (id === 'recount' ? 'Recount' : id);
}
