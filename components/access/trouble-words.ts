/** What the way back from a provider names in the address: lib/recovery/access/provider.ts. */
const WORDS: Readonly<Record<string, string>> = {
  provider:
    'Your provider did not let you in, or Recount does not know you yet. Ask an admin for an invitation to the e-mail that you have there.',
  again: 'That sign-in took too long, or was begun in another browser. Try it again.',
  away: 'Your provider did not answer as it should. Try again in a few minutes, or sign in another way.',
};

/** What the sign-in page says to who comes back without being let in; null where nothing went wrong. */
export const troubleWords = (error: string | readonly string[] | undefined): string | null =>
  error === undefined ? null : (WORDS[[error].flat()[0] ?? ''] ?? WORDS.provider ?? null);
