import { AsyncLocalStorage } from 'node:async_hooks';
import { z } from 'zod';

// When a provider last asked somebody who they are. It may let them through without asking, as long as they are signed in
// there: then coming in by it shows nothing that the browser, left open, would not.

const arriving = new AsyncLocalStorage<{ askedAt: Date | null }>();

/** Runs what ends a sign-in by the provider; within it `askedAt` knows what the provider's word for it says. */
export const arrivingBy = <T>(work: () => Promise<T>): Promise<T> => arriving.run({ askedAt: null }, work);

/** When the provider asked whoever is arriving; null where nobody is, or the provider does not say. */
export const askedAt = (): Date | null => arriving.getStore()?.askedAt ?? null;

/** Notes what an ID token says of it, whose signature was looked at before. */
export function noteIdToken(idToken: string | undefined): void {
  const arrival = arriving.getStore();
  if (arrival !== undefined) arrival.askedAt = authTimeOf(idToken);
}

const Claims = z.object({ auth_time: z.number().positive().max(8.64e12) });

function authTimeOf(idToken: string | undefined): Date | null {
  try {
    const [, payload = ''] = (idToken ?? '').split('.');
    const { auth_time } = Claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return new Date(auth_time * 1_000);
  } catch {
    return null; // no ID token, or one that does not say
  }
}
