import { z } from 'zod';
import { isRefusal, isUnverified } from '#lib/adapters/auth/auth';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import { addingPasskey, authOf } from '#lib/recovery/access/auth-of';
import { refused, withCookies, withSession } from '#lib/recovery/access/begin-session';
import { permit } from '#lib/recovery/access/permit';
import { requireProof, requireRecent } from '#lib/recovery/access/require-proof';
import { countBegun, countTry } from '#lib/recovery/access/sign-in-limit';
import { tellRefusal } from '#lib/recovery/access/tell-refusal';
import { Label } from '#lib/recovery/people/person-name';
import type { Context } from '#lib/recovery/setup/context';

/** A challenge for whatever passkey the browser has; its cookie belongs to the answer. Throws `access.too_many`. */
export async function passkeyOptions(context: Context, _: unknown, request: Request): Promise<Response> {
  permit(context.actor, 'session.open');
  await countBegun(context);
  const { api } = authOf(context);
  const given = await refused(() =>
    api.generatePasskeyAuthenticationOptions({ headers: request.headers, returnHeaders: true }),
  );
  return withCookies({ ...given.response, userVerification: 'required' }, given.headers);
}

/** What is said of a passkey that was not taken. */
async function taken<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    throw isUnverified(cause)
      ? new Failure('access.sign_in_failed', 'This passkey asked for no PIN, fingerprint or face.', {
          fix: 'Use one that does; give a security key a PIN first.',
          cause,
        })
      : new Failure('access.sign_in_failed', 'This passkey is not known here, or its access has ended.', {
          fix: 'Use another one, or your password.',
          cause,
        });
  }
}

const Bytes = z.string().max(20_000);
const Credential = { id: Bytes, rawId: Bytes, type: z.literal('public-key') };

/** What `PublicKeyCredential.toJSON()` gives for a passkey that was used. */
export const AssertionInput = z.object({
  response: z.object({
    ...Credential,
    clientExtensionResults: z.object({}),
    response: z.object({
      clientDataJSON: Bytes,
      authenticatorData: Bytes,
      signature: Bytes,
      userHandle: Bytes.exactOptional(),
    }),
  }),
});
type Assertion = z.output<typeof AssertionInput>;

/** Signs in with a passkey. Throws `access.sign_in_failed`, `access.too_many`. */
export async function signInByPasskey(
  context: Context,
  { response }: Assertion,
  request: Request,
): Promise<Response> {
  permit(context.actor, 'session.open');
  const meant = async () => {
    const key = await context.store.passkey.findUnique({ where: { credentialID: response.id } });
    return key === null ? null : `person ${key.userId}`;
  };
  return tellRefusal(context, 'passkey', meant, async () => {
    const tried = await countTry(context, null);
    const begun = await assertion(context, response, request);
    await tried.passed();
    return withSession(context, request, begun, {});
  });
}

/**
 * Shows by a passkey that it is still the same person: a new session takes the place of the old one. Throws
 * `access.sign_in_failed`, also for the passkey of someone else.
 */
export async function proveByPasskey(
  context: Context,
  { response }: Assertion,
  request: Request,
): Promise<Response> {
  permit(context.actor, 'me.change');
  const { store, actor } = context;
  const meant = async () => `person ${actor.id}`;
  return tellRefusal(context, 'proof', meant, async () => {
    const tried = await countTry(context, { person: actor.id });
    const own = await store.passkey.count({ where: { credentialID: response.id, userId: actor.id } });
    if (own === 0) throw new Failure('access.sign_in_failed', 'This passkey is not yours.');
    const begun = await assertion(context, response, request);
    await tried.passed();
    return withSession(context, request, begun, {});
  });
}

const assertion = (context: Context, response: Assertion['response'], request: Request) =>
  taken(() =>
    authOf(context).api.verifyPasskeyAuthentication({
      body: { response },
      headers: request.headers,
      returnHeaders: true,
    }),
  );

/** A challenge for a new passkey of the person. Throws `access.prove`. */
export async function newPasskeyOptions(context: Context, _: unknown, request: Request): Promise<Response> {
  permit(context.actor, 'me.change');
  requireRecent(context.actor);
  const { api } = authOf(context);
  const given = await refused(() =>
    api.generatePasskeyRegistrationOptions({
      headers: request.headers,
      query: { name: context.actor.name },
      returnHeaders: true,
    }),
  );
  return withCookies(given.response ?? {}, given.headers);
}

export const AddPasskeyInput = z.object({
  name: Label,
  response: z.looseObject({
    ...Credential,
    response: z.looseObject({ clientDataJSON: Bytes, attestationObject: Bytes }),
  }),
});

/** Keeps a new passkey. Throws `access.prove`, `access.sign_in_failed`. */
export async function addPasskey(
  context: Context,
  { name, response }: z.output<typeof AddPasskeyInput>,
  request: Request,
): Promise<{ id: string }> {
  permit(context.actor, 'me.change');
  requireRecent(context.actor);
  const { id } = await addingPasskey(context.actor, name, () =>
    taken(() =>
      authOf(context).api.verifyPasskeyRegistration({ body: { name, response }, headers: request.headers }),
    ),
  );
  return { id };
}

export const PasskeyInput = z.object({ id: z.string().max(100) });

/** Removes one of the own passkeys. Throws `not_found`, `access.prove`. */
export async function removePasskey(
  { store, actor }: Context,
  { id }: z.output<typeof PasskeyInput>,
): Promise<Record<string, never>> {
  permit(actor, 'me.change');
  requireProof(actor);
  await changeRecords(store, async (tx) => {
    const { count } = await tx.passkey.deleteMany({ where: { id, userId: actor.id } });
    if (count === 0) throw new Failure('not_found', 'There is no such passkey.');
    await writeAudit(tx, { actor, action: 'passkey.remove', subject: `passkey ${id}` });
  });
  return {};
}
