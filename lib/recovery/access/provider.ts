import { z } from 'zod';
import { arrivingBy } from '#lib/adapters/auth/asked-at';
import {
  type Auth,
  createAuth,
  PROVIDER,
  type ProviderSettings,
  SESSION_HOURS,
} from '#lib/adapters/auth/auth';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { Store } from '#lib/adapters/store/client';
import { notifyOfApprover } from '#lib/adapters/store/notify';
import { Failure } from '#lib/base/failure';
import { settingsOf } from '#lib/recovery/access/auth-of';
import { endSession, refused, withCookies } from '#lib/recovery/access/begin-session';
import { permit } from '#lib/recovery/access/permit';
import { mayApprove } from '#lib/recovery/access/policy';
import { countBegun } from '#lib/recovery/access/sign-in-limit';
import { refusedOf } from '#lib/recovery/access/tell-refusal';
import { cleanName, freeName } from '#lib/recovery/people/free-name';
import type { Context } from '#lib/recovery/setup/context';
import type { OidcSettings } from '#lib/recovery/setup/env-access';

// Signing in with an OpenID provider: the browser goes there, and comes back to /api/auth/callback/oidc.

const made = new WeakMap<Store, Auth>();

/** Kept only once the provider has said where it is: what is down at the first try must not stay so. */
async function providerAuth(context: Context): Promise<Auth> {
  const known = made.get(context.store);
  if (known !== undefined) return known;
  const { oidc } = context.env;
  if (oidc === null) throw new Failure('access.provider', 'No provider is set up.');
  const auth = createAuth(context.store, { ...settingsOf(context), oidc: admitting(context.store, oidc) });
  const { socialProviders } = await auth.$context;
  if (!socialProviders.some(({ id }) => id === PROVIDER))
    throw new Failure('access.provider', 'The provider does not answer.');
  made.set(context.store, auth);
  return auth;
}

/** Who was invited by that e-mail is let in; who was not, only where a role is set for them. */
const admitting = (store: Store, { role, ...settings }: OidcSettings): ProviderSettings => ({
  ...settings,
  admit: async (email, givenName) => {
    const invitation = await store.invitation.findFirst({ where: openFor(email) });
    return invitation ?? (role === null ? null : { name: cleanName(givenName), role });
  },
  onAdmitted: ({ id, email }) =>
    changeRecords(store, async (tx) => {
      const invitation = await tx.invitation.findFirst({
        where: openFor(email),
        select: { createdBy: true },
      });
      const { count } = await tx.invitation.updateMany({
        where: openFor(email),
        data: { acceptedAt: new Date(), acceptedBy: id },
      });
      const given = await tx.person.findUniqueOrThrow({ where: { id } });
      const name = await freeName(tx, given.name, id);
      const person = await tx.person.update({ where: { id }, data: { name } });
      if (mayApprove(person.role)) await notifyOfApprover(tx, id, invitation?.createdBy ?? 'recount');
      await writeAudit(tx, {
        actor: { id, via: 'provider', from: { address: null, session: null } },
        action: count > 0 ? 'invitation.accept' : 'person.join',
        subject: `person ${id}`,
        detail: { email, name: person.name, role: person.role, how: 'provider' },
      });
    }),
});

const openFor = (email: string) => ({
  email: email.toLowerCase(),
  acceptedAt: null,
  revokedAt: null,
  expiresAt: { gt: new Date() },
});

/** A path of Recount's own, never another site. */
const OwnPath = z
  .string()
  .max(2_000)
  .regex(/^\/(?![/\\])[^\\\s]*$/, 'must be a path of Recount');
export const StartProviderInput = z.object({
  next: OwnPath.default('/incidents'),
  /** The provider is to ask who it is in any case: for what needs a proof. */
  proof: z.boolean().default(false),
});

/**
 * Where the browser goes to sign in with the provider. With `max_age` it has to say when it last asked who it is, and that is
 * when the session counts as proved. Throws `access.provider`, `access.too_many`.
 */
export async function startProvider(
  context: Context,
  { next, proof }: z.output<typeof StartProviderInput>,
  request: Request,
): Promise<Response> {
  permit(context.actor, 'session.open');
  await countBegun(context);
  const { api } = await providerAuth(context);
  const body = {
    provider: PROVIDER,
    callbackURL: next,
    errorCallbackURL: '/sign-in?error=provider',
    disableRedirect: true,
    additionalParams: { max_age: String(proof ? 0 : SESSION_HOURS * 3600) },
  };
  const begun = await refused(() =>
    api.signInSocial({ body, headers: request.headers, returnHeaders: true }),
  );
  return withCookies({ url: begun.response.url }, begun.headers);
}

/** The browser comes back from the provider: with a session, or to the sign-in page, which says what went wrong. */
export async function finishProvider(context: Context, _: unknown, request: Request): Promise<Response> {
  permit(context.actor, 'session.open');
  const answer = await answerTo(context, request);
  const trouble = answer === null ? 'away' : troubleOf(answer);
  if (answer !== null && trouble === null) {
    await endSession(context, request);
    const { status, headers, body } = answer;
    return new Response(body, { status, headers: new Headers(headers) });
  }
  // who it was is not known: what the provider says of somebody whom it does not let in is not looked at
  if (trouble !== 'away') refusedOf(context, 'provider', async () => null);
  return new Response(null, { status: 303, headers: { Location: `/sign-in?error=${trouble}` } });
}

/** What better-auth makes of the provider's answer; null where the provider is not there to be asked. */
async function answerTo(context: Context, request: Request): Promise<Response | null> {
  try {
    const { handler } = await providerAuth(context);
    return await arrivingBy(() => handler(request));
  } catch (error) {
    if (error instanceof Failure && error.code === 'access.provider') return null;
    throw error;
  }
}

/** What the sign-in page knows words for: components/access/sign-in-card.tsx. */
type Trouble = 'provider' | 'again' | 'away';

/** The browser did not begin it, or began it too long ago. */
const AGAIN = ['state_mismatch', 'state_not_found', 'state_invalid', 'invalid_callback_request'];
/** The provider began well, and then did not answer as it should. */
const AWAY = ['invalid_code', 'unable_to_get_user_info', 'internal_server_error', 'issuer_mismatch'];

function troubleOf({ status, headers }: Response): Trouble | null {
  if (status >= 500) return 'away';
  const location = URL.parse(headers.get('location') ?? '', 'http://recount.invalid');
  if (status >= 400 || location === null) return 'provider';
  const errors = location.pathname === '/sign-in' ? location.searchParams.getAll('error') : [];
  const error = errors.at(-1);
  if (error === undefined) return null;
  return AGAIN.includes(error) ? 'again' : AWAY.includes(error) ? 'away' : 'provider';
}
