import { isRefusal } from '#lib/adapters/auth/auth';
import { writeAudit } from '#lib/adapters/store/audit';
import { hashToken } from '#lib/adapters/store/auth-records';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import { authOf } from '#lib/recovery/access/auth-of';
import { sessionToken } from '#lib/recovery/access/resolve-actor';
import { json } from '#lib/recovery/http/http';
import type { Context } from '#lib/recovery/setup/context';

/** What better-auth answers: the cookies are in its headers. */
type Begun = { readonly headers: Headers };

/** Whose link or invitation was checked. */
export type Admitted = {
  readonly personId: string;
  /** Another person, who made the link: the session proves nothing until its person shows who they are. */
  readonly linkBy: string | null;
};

/** Signs a person in. Gives the answer with the session's cookie. */
export async function beginSession(
  context: Context,
  admitted: Admitted,
  request: Request,
  answer: object,
): Promise<Response> {
  const begun = await refused(() =>
    authOf(context).api.startSession({ body: admitted, headers: request.headers, returnHeaders: true }),
  );
  return withSession(context, request, begun, answer);
}

/** The answer with the cookies of a new session; the session that the browser had before ends. */
export async function withSession(
  context: Context,
  request: Request,
  begun: Begun,
  answer: object,
): Promise<Response> {
  await endSession(context, request);
  return withCookies(answer, begun.headers);
}

/** An answer with the cookies that better-auth set. */
export function withCookies(answer: object, headers: Headers): Response {
  const response = json(answer);
  for (const cookie of headers.getSetCookie()) response.headers.append('Set-Cookie', cookie);
  return response;
}

/** Ends the session of the request's cookie, if it has one. */
export async function endSession(context: Context, request: Request): Promise<void> {
  const token = sessionToken(context, request.headers);
  if (token === null) return;
  await changeRecords(context.store, async (tx) => {
    const session = await tx.session.findUnique({ where: { token: hashToken(token) } });
    if (session === null) return;
    const { id, userId } = session;
    const { count } = await tx.session.deleteMany({ where: { id } });
    const from = { ...context.actor.from, session: id };
    if (count > 0)
      await writeAudit(tx, {
        actor: { id: userId, via: 'session', from },
        action: 'session.close',
        subject: `session ${id}`,
      });
  });
}

/** Whatever better-auth refuses is one and the same answer: it tells nobody which part was wrong. */
export async function refused<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    throw new Failure('access.sign_in_failed', 'E-mail or password is wrong, or the access has ended.', {
      cause,
    });
  }
}
