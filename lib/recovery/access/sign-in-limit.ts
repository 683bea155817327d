import { hashToken } from '#lib/adapters/store/auth-records';
import type { Store } from '#lib/adapters/store/client';
import { forgetTry, hasComeInFrom, noteTry } from '#lib/adapters/store/sign-in-tries';
import { Failure } from '#lib/base/failure';
import type { Context } from '#lib/recovery/setup/context';

const WINDOW_MS = 15 * 60_000;
const MOST = { account: 10, address: 50 };

/**
 * Counts a try before it is made, so that many at once count too; `passed` takes it back. By what was typed as the
 * e-mail, whether anyone has it or not, and by the address. Where its person has come in before they have tries of their own,
 * so that strangers do not lock them out. What is refused is not counted, and so prolongs nothing. Throws `access.too_many`.
 */
export async function countTry(
  { store, actor }: Context,
  account: string | null,
): Promise<{ passed(): Promise<void> }> {
  const { address } = actor.from;
  const subjects = [
    ...(account === null
      ? []
      : [{ subject: await accountSubject(store, account, address), most: MOST.account }]),
    { subject: `address ${address ?? 'unknown'}`, most: MOST.address },
  ];
  const noted: bigint[] = [];
  for (const { subject, most } of subjects) {
    const { id, count } = await noteTry(store, subject, WINDOW_MS);
    noted.push(id);
    if (count > most) {
      await forgetTry(store, noted);
      throw new Failure(
        'access.too_many',
        `There were more than ${most} tries to sign in within 15 minutes.`,
      );
    }
  }
  return { passed: () => forgetTry(store, noted) };
}

async function accountSubject(store: Store, account: string, address: string | null): Promise<string> {
  const typed = account.trim().toLowerCase();
  const isKnown = address !== null && (await hasComeInFrom(store, typed, address));
  return `account ${hashToken(typed)}${isKnown ? ` at ${address}` : ''}`;
}
