import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { APIError, createAuthEndpoint, isAPIError } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { genericOAuth } from 'better-auth/plugins';
import { z } from 'zod';
import { askedAt, noteIdToken } from '#lib/adapters/auth/asked-at';
import { theLog } from '#lib/adapters/log/log';
import { authRecords, type OnPasskey } from '#lib/adapters/store/auth-records';
import type { Store } from '#lib/adapters/store/client';

/** However busy, a session ends after this. */
export const SESSION_HOURS = 12;
export const PASSWORD_LENGTH = { least: 12, most: 256 } as const;
/** Where lib/entry/web.ts puts the address that a request came from; what a client sends there never counts. */
export const ADDRESS_HEADER = 'x-recount-address';

export type AuthSettings = {
  /** What people open: `https://…`, or `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly port: number;
  readonly secret: string;
  /** People sign in with it, too; its address is asked at once. */
  readonly oidc: ProviderSettings | null;
  /** Called when a session has begun, before its cookie is sent. */
  readonly onSession: (session: StartedSession) => Promise<void>;
  readonly onPasskey: OnPasskey;
};

export type ProviderSettings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Lets someone in whom Recount does not know yet: with which name and role; null: not. */
  readonly admit: (
    email: string,
    givenName: string,
  ) => Promise<{ readonly name: string; readonly role: string } | null>;
  /** Called when that person is made. */
  readonly onAdmitted: (person: { readonly id: string; readonly email: string }) => Promise<void>;
};
/** The one provider's name in addresses and records. */
export const PROVIDER = 'oidc';

export type StartedSession = {
  readonly id: string;
  readonly personId: string;
  readonly address: string | null;
  /** Of better-auth: `/sign-in/email`, `/passkey/verify-authentication` … */
  readonly path: string;
  /** When the provider asked who it is, which may have been long before; null: by another way, or it does not say. */
  readonly askedAt: Date | null;
};

/** The name of the session's cookie. On one machine several Recounts differ by their ports, so their cookies do too. */
export const cookieName = ({ origin, port }: { readonly origin: string; readonly port: number }): string =>
  origin.startsWith('https:') ? '__Host-recount' : `recount-${port}`;

/** Sign-in without any other proof: what calls it has checked a link or an invitation. No address leads here. */
const startSessionOver = (store: Store) =>
  createAuthEndpoint.serverOnly(
    { method: 'POST', body: z.object({ personId: z.string(), linkBy: z.string().nullable() }) },
    async (ctx) => {
      const { personId, linkBy } = ctx.body;
      const user = await ctx.context.internalAdapter.findUserById(personId);
      if (user === null) throw new APIError('NOT_FOUND');
      const session = await ctx.context.internalAdapter.createSession(user.id);
      // before its cookie is sent, so that nobody has the session without it
      await store.session.update({ where: { id: session.id }, data: { linkBy } });
      await setSessionCookie(ctx, { session, user });
      return { id: session.id };
    },
  );

/**
 * better-auth over Recount's own records: passwords (scrypt), passkeys, sessions. Whoever is disabled gets no session,
 * by whatever way. Idle limit and roles are not its matter: lib/recovery/access/resolve-actor.ts.
 */
export function createAuth(store: Store, settings: AuthSettings) {
  const { origin, port, secret, oidc, onSession, onPasskey } = settings;
  const https = origin.startsWith('https:');
  // a passkey belongs to a name; browsers take none for an address, so that one's own machine is `localhost`
  const passkeyOrigin = https ? origin : `http://localhost:${port}`;
  return betterAuth({
    appName: 'Recount',
    baseURL: origin,
    basePath: '/api/auth',
    secret,
    trustedOrigins: [origin, passkeyOrigin],
    database: authRecords(store, onPasskey),
    telemetry: { enabled: false },
    logger: { level: 'error', log: (_level, words, ...more: unknown[]) => sayTrouble(words, more) },
    onAPIError: {
      errorURL: `${origin}/sign-in?error=provider`,
      onError: (error) => sayTrouble('', [error]),
    },
    rateLimit: { enabled: false }, // of our own, for all processes: lib/recovery/access/sign-in-limit.ts
    user: {
      modelName: 'person',
      additionalFields: { role: { type: 'string', input: false, required: false } },
    },
    // the provider's word for an e-mail is enough to know its person where an admin's invitation gave it; not where the
    // person did: lib/recovery/people/change-email.ts
    account: { accountLinking: { enabled: true, requireLocalEmailVerified: true } },
    session: { expiresIn: SESSION_HOURS * 3600, disableSessionRefresh: true, freshAge: 0 },
    verification: { storeIdentifier: 'hashed' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.least,
      maxPasswordLength: PASSWORD_LENGTH.most,
    },
    advanced: {
      cookiePrefix: https ? '__Host-recount' : `recount-${port}`,
      useSecureCookies: false, // its prefix would be __Secure-; __Host- also binds to the path and forbids a domain
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', secure: https, path: '/' },
      cookies: { session_token: { name: cookieName({ origin, port }) } },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    plugins: [
      passkey({
        rpID: new URL(passkeyOrigin).hostname,
        rpName: 'Recount',
        origin: passkeyOrigin,
        // nobody types a name to sign in with one, so the device has to know whose it is
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        // it is the only thing that is asked for, so that it has to know who uses it: who has the key in hand is not enough
        registration: {
          afterVerification: ({ verification }) =>
            requireVerified(verification.registrationInfo?.userVerified),
        },
        authentication: {
          afterVerification: ({ verification }) =>
            requireVerified(verification.authenticationInfo.userVerified),
        },
      }),
      { id: 'recount', endpoints: { startSession: startSessionOver(store) } },
      genericOAuth({ config: oidc === null ? [] : [providerConfig(oidc)] }),
    ],
    databaseHooks: {
      user: {
        create: {
          before: async (person) => {
            const admitted = person.emailVerified ? await oidc?.admit(person.email, person.name) : null;
            if (admitted === null || admitted === undefined)
              throw refusal(
                'not_invited',
                'Nobody has invited whom the provider names, or the e-mail is not verified.',
              );
            return { data: { ...person, name: admitted.name, role: admitted.role } };
          },
          after: async ({ id, email }) => oidc?.onAdmitted({ id, email }),
        },
      },
      session: {
        create: {
          before: async ({ userId }) => {
            const person = await store.person.findUnique({ where: { id: userId } });
            if (person === null || person.disabledAt !== null)
              throw refusal('disabled', 'The person is disabled.');
          },
          after: async (session, ctx) => {
            const { id, userId, ipAddress } = session;
            const address = ipAddress || null;
            await onSession({ id, personId: userId, address, path: ctx?.path ?? '', askedAt: askedAt() });
          },
        },
      },
    },
  });
}

const NOT_VERIFIED = 'passkey_asked_nobody';

function requireVerified(isVerified: boolean | undefined): void {
  if (isVerified !== true) throw refusal(NOT_VERIFIED, 'A passkey was used that asks nobody who they are.');
}

/** Whether a passkey was refused since it asked for neither PIN, fingerprint nor face. */
export const isUnverified = (error: unknown): boolean =>
  isAPIError(error) && error.body?.code === NOT_VERIFIED;

/** `code` goes back to the sign-in page. */
function refusal(code: string, message: string): APIError {
  sayTrouble(message, []);
  return new APIError('FORBIDDEN', { code, message });
}

/** One line of the log; for a refusal, which is nobody's fault here, no stack. */
function sayTrouble(words: string, more: readonly unknown[]): void {
  const whys = more.map((one) => (one instanceof Error ? one.message : typeof one === 'string' ? one : ''));
  const why = [words, ...whys].join(' ').replaceAll(/\s+/g, ' ').trim();
  theLog().warn('a sign-in went wrong', { why });
}

const providerConfig = ({ issuer, clientId, clientSecret }: ProviderSettings) => ({
  providerId: PROVIDER,
  discoveryUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  clientId,
  clientSecret,
  scopes: ['openid', 'email', 'profile'],
  pkce: true,
  requireIdTokenVerification: true,
  // called once the ID token was found right, with it
  accountSubject: ({
    tokens,
    profile,
  }: {
    tokens: { idToken?: string | undefined };
    profile: { sub?: unknown; id?: unknown };
  }) => {
    noteIdToken(tokens.idToken);
    return String(profile.sub ?? profile.id ?? '');
  },
});

export type Auth = ReturnType<typeof createAuth>;

/** Whether better-auth refused (a wrong password, a disabled person, a challenge that is over), and did not fail. */
export const isRefusal = (error: unknown): boolean => isAPIError(error);
