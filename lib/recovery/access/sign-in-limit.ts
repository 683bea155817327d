import { hashToken } from '#lib/adapters/store/auth-records';
import type { Store } from '#lib/adapters/store/client';
import { forgetTry, hasComeInFrom, noteTry } from '#lib/adapters/store/sign-in-tries';
import { Failure } from '#lib/base/failure';
import type { Context } from '#lib/recovery/setup/context';

/** So long a try counts. */
export const TRIES_MINUTES = 15;
const WINDOW_MS = TRIES_MINUTES * 60_000;
const MOST = { account: 10, address: 50, challenge: 100 };

/** Whose tries they are: of an e-mail as it was typed, or of somebody who has signed in. */
export type Trying = { readonly email: string } | { readonly person: string };

/**
 * Counts a try before it is made, so that many at once count too; `passed` takes it back. By what was typed as the
 * e-mail, whether anyone has it or not, and by the address. Where its person has come in before they have tries of their own,
 * so that strangers do not lock them out; so has who has signed in, whatever others type. What is refused is not counted, and
 * so prolongs nothing. `who`: null where nothing says it. Throws `access.too_many`.
 */
export async function countTry(
  { store, actor }: Context,
  who: Trying | null,
): Promise<{ passed(): Promise<void> }> {
  const { address } = actor.from;
  const subjects = [
    ...(who === null ? [] : [{ subject: await subjectOf(store, who, address), most: MOST.account }]),
    { subject: `address ${address ?? 'unknown'}`, most: MOST.address },
  ];
  const noted = await noteAll(store, subjects);
  return { passed: () => forgetTry(store, noted) };
}

/**
 * Counts a sign-in that somebody begins with a passkey or a provider, by the address: each leaves a challenge in the records,
 * whatever becomes of it. Throws `access.too_many`.
 */
export async function countBegun({ store, actor }: Context): Promise<void> {
  const subject = `challenge ${actor.from.address ?? 'unknown'}`;
  await noteAll(store, [{ subject, most: MOST.challenge }]);
}

async function noteAll(
  store: Store,
  subjects: readonly { readonly subject: string; readonly most: number }[],
): Promise<bigint[]> {
  const noted: bigint[] = [];
  for (const { subject, most } of subjects) {
    const { id, count } = await noteTry(store, subject, WINDOW_MS);
    noted.push(id);
    if (count > most) {
      await forgetTry(store, noted);
      throw new Failure(
        'access.too_many',
        `There were more than ${most} tries to sign in within ${TRIES_MINUTES} minutes.`,
      );
    }
  }
  return noted;
}

async function subjectOf(store: Store, who: Trying, address: string | null): Promise<string> {
  if ('person' in who) return `person ${who.person}`;
  const typed = who.email.trim().toLowerCase();
  const isKnown = address !== null && (await hasComeInFrom(store, typed, address));
  return `account ${hashToken(typed)}${isKnown ? ` at ${address}` : ''}`;
}
