import { z } from 'zod';
import { PASSWORD_LENGTH } from '#lib/adapters/auth/auth';
import { authOf } from '#lib/recovery/access/auth-of';
import { endSession, refused, withSession } from '#lib/recovery/access/begin-session';
import { permit } from '#lib/recovery/access/permit';
import { countTry } from '#lib/recovery/access/sign-in-limit';
import { personOfEmail, tellRefusal } from '#lib/recovery/access/tell-refusal';
import { json } from '#lib/recovery/http/http';
import type { Context } from '#lib/recovery/setup/context';

export const SignInInput = z.object({
  email: z.string().trim().max(254),
  password: z.string().max(PASSWORD_LENGTH.most),
});

/**
 * Signs in with e-mail and password: a new session, whose cookie the answer sets. Throws `access.sign_in_failed`, the
 * same for an unknown e-mail as for a wrong password, and `access.too_many`.
 */
export async function signIn(
  context: Context,
  { email, password }: z.output<typeof SignInInput>,
  request: Request,
): Promise<Response> {
  permit(context.actor, 'session.open');
  const meant = () => personOfEmail(context.store, email);
  return tellRefusal(context, 'password', meant, async () => {
    const tried = await countTry(context, { email });
    const begun = await refused(() =>
      authOf(context).api.signInEmail({
        body: { email, password },
        headers: request.headers,
        returnHeaders: true,
      }),
    );
    await tried.passed();
    return withSession(context, request, begun, {});
  });
}

/** Ends the session of this browser and takes its cookie away. */
export async function signOut(context: Context, _: unknown, request: Request): Promise<Response> {
  permit(context.actor, 'session.close');
  await endSession(context, request);
  const response = json({});
  const { name, attributes } = (await authOf(context).$context).authCookies.sessionToken;
  const secure = attributes.secure ? '; Secure' : '';
  response.headers.append('Set-Cookie', `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${secure}`);
  return response;
}
