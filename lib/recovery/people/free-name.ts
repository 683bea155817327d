import type { StoreTransaction } from '#lib/adapters/store/client';
import { lockNames } from '#lib/adapters/store/person';
import { Failure } from '#lib/base/failure';
import { PersonName } from '#lib/recovery/people/person-name';

const MOST = 80;

/** Names that read the same are the same: letter case, width and other forms of one character, and blanks aside. */
export const nameKey = (name: string): string =>
  name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').replaceAll(/\s+/g, ' ').trim();

/** Who has this name, were they disabled: what they did stays under it. Two who take the same name see one another. */
async function holderOf(tx: StoreTransaction, name: string): Promise<{ id: string; name: string } | null> {
  await lockNames(tx);
  const key = nameKey(name);
  const people = await tx.person.findMany({
    select: { id: true, name: true },
    orderBy: { createdAt: 'asc' },
  });
  return people.find((one) => nameKey(one.name) === key) ?? null;
}

/** Refuses a name that somebody else has: ledgers and reports tell people apart by it. Failure conflict. */
export async function refuseTakenName(
  tx: StoreTransaction,
  name: string,
  ownId: string | null,
): Promise<void> {
  const holder = await holderOf(tx, name);
  if (holder === null || holder.id === ownId) return;
  throw new Failure('conflict', `Somebody has the name ${holder.name} already.`, {
    fix: 'Add what tells the two apart: a second name, or the team.',
  });
}

/** The name, or where somebody has it, the name with a number: for who cannot choose another there and then. */
export async function freeName(
  tx: StoreTransaction,
  wanted: string,
  ownId: string | null = null,
): Promise<string> {
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : ` (${number})`;
    const name = `${[...wanted].slice(0, MOST - end.length).join('')}${end}`;
    const holder = await holderOf(tx, name);
    if (holder === null || holder.id === ownId) return name;
  }
}

/** A name as another system gives it, as one that may stand in lists, reports and ledgers. */
export function cleanName(given: string): string {
  const name = given
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp},;\s]+/gu, ' ')
    .trim()
    .slice(0, MOST);
  const checked = PersonName.safeParse(name);
  return checked.success ? checked.data : 'Somebody of the provider';
}
