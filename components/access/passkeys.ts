import { ApiError, postJson } from '#components/query/api.ts';

/** Whether this browser can make and use passkeys here: they belong to a name, and never to a bare address. */
export const canUsePasskeys = (): boolean =>
  typeof window !== 'undefined' &&
  window.isSecureContext &&
  typeof PublicKeyCredential === 'function' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
  !/^[\d.:[\]]+$/.test(window.location.hostname);

/** Signs in with whatever passkey the person chooses. */
export const signInByPasskey = (): Promise<unknown> => assert('/api/v1/sign-in/passkey');

/** Shows by a passkey that it is still the same person. */
export const proveByPasskey = (): Promise<unknown> => assert('/api/v1/me/prove/passkey');

async function assert(route: string): Promise<unknown> {
  const options = await postJson<PublicKeyCredentialRequestOptionsJSON>('/api/v1/sign-in/passkey/options');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const response = await asked(() => navigator.credentials.get({ publicKey }));
  return postJson(route, { response });
}

/** Makes a passkey for whoever is signed in. */
export async function addPasskey(name: string): Promise<unknown> {
  const options = await postJson<PublicKeyCredentialCreationOptionsJSON>('/api/v1/me/passkeys/options');
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const response = await asked(() => navigator.credentials.create({ publicKey }));
  return postJson('/api/v1/me/passkeys', { name, response });
}

/** What the browser's own dialog gave, as JSON. */
async function asked(ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return credential.toJSON();
  } catch {
    // cancelled, timed out, or a key that is there already: the browser has said which
  }
  throw new ApiError('access.sign_in_failed', 'No passkey was used.', {
    fix: 'Try again, or use your password.',
    status: 0,
  });
}
