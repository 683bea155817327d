import type { z } from 'zod';
import { theLog } from '#lib/adapters/log/log';
import { CODES, type Code } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import { type Actor, NOBODY } from '#lib/recovery/access/actor';
import { resolveActor } from '#lib/recovery/access/resolve-actor';
import { TRIES_MINUTES } from '#lib/recovery/access/sign-in-limit';
import { refuseForeign } from '#lib/recovery/http/http-guard';
import { recordsTroubleCode } from '#lib/recovery/http/records-trouble';
import { requestIdOf, tellRequest } from '#lib/recovery/http/tell-request';
import { type Context, webContext } from '#lib/recovery/setup/context';
import { ownOrigin } from '#lib/recovery/setup/env';
import { RETRY_SECONDS } from '#lib/recovery/setup/limits';

const RETRY_AFTER_SECONDS = '5';
const MAX_BODY_BYTES = 4 * 1024 * 1024;

type Params = Readonly<Record<string, string | string[] | undefined>>;
/** Without parts in its address Next gives undefined. */
type Route = { readonly params: Promise<Params | undefined> };
/** What Next calls: the value of `export const GET = handler(…)`. */
export type RouteHandler = (request: Request, route: Route) => Promise<Response>;
/** A verb: what it does with a checked input. What it gives becomes JSON; a Response goes out as it is. */
export type Verb<I> = (context: Context, input: I, request: Request) => Promise<unknown>;

export type HandlerOptions = {
  /** Of the answer; 200 if left out. */
  readonly status?: number;
  /** `raw`: the verb reads `request.body` itself (an upload), of whatever content type. */
  readonly body?: 'json' | 'raw';
  /** Answers who has not signed in, too: its verb's permission is `anyone`. */
  readonly open?: boolean;
};

type Declared = {
  readonly schema: z.ZodType;
  readonly verb: Verb<never>;
  readonly isOpen: boolean;
  readonly body: HandlerOptions['body'];
};
const declared = new WeakMap<RouteHandler, Declared>();

/** The input and the verb behind a route, for the tests that walk them all. */
export const declarationOf = (route: RouteHandler): Declared | undefined => declared.get(route);

/**
 * Makes a route handler of a verb. The input is checked by `schema`: the query, then the fields of the JSON
 * body, then the parts of the address, the later ones winning. A Failure becomes its status of lib/base/codes
 * and `{error: {code, message, fix, …}}`; anything else becomes 500 with a request id that the log has too.
 */
export function handler<S extends z.ZodType>(
  schema: S,
  verb: Verb<z.output<S>>,
  options: HandlerOptions = {},
): RouteHandler {
  const handle: RouteHandler = async (request, route) => {
    const startedMs = performance.now();
    let actor: Actor = NOBODY;
    let params: Params = {};
    const answered = async (): Promise<Response> => {
      try {
        params = (await route.params) ?? {};
        const header = (name: string): string | null => request.headers.get(name);
        const path = new URL(request.url).pathname;
        refuseForeign({ method: request.method, path, header }, ownOrigin());
        const base = await webContext();
        actor = await resolveActor(base, request.headers);
        // before anything of a stranger's is read; the verb asks for the permission itself
        if (actor.role === 'nobody' && options.open !== true)
          throw new Failure('access.signed_out', 'Nobody is signed in.');
        const raw = { ...queryOf(request), ...(await bodyOf(request, options)), ...params };
        const input = checked(schema, raw);
        const answer = await verb({ ...base, actor }, input, request);
        return answer instanceof Response ? uncached(answer) : json(answer ?? {}, options.status ?? 200);
      } catch (error) {
        return errorResponse(error, request);
      }
    };
    const response = await answered();
    tellRequest(request, params, response.status, startedMs, actor.id);
    return response;
  };
  declared.set(handle, { schema, verb, isOpen: options.open === true, body: options.body });
  return handle;
}

/** Parses by a schema. Throws `request.invalid` with every problem and its field. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: issue.message,
  }));
  const [first] = problems;
  throw new Failure('request.invalid', `${first?.path || 'the request'}: ${first?.message ?? 'is wrong'}`, {
    details: { problems },
  });
}

/** JSON that holds any value of ours: a bigint goes as text. Never cached. */
export function json(value: unknown, status = 200): Response {
  const text = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? item.toString() : item,
  );
  return uncached(
    new Response(text, { status, headers: { 'Content-Type': 'application/json; charset=utf-8' } }),
  );
}

function uncached(response: Response): Response {
  if (!response.headers.has('Cache-Control')) response.headers.set('Cache-Control', 'no-store');
  return response;
}

function queryOf(request: Request): Record<string, string | string[]> {
  const query = new URL(request.url).searchParams;
  const names = [...new Set(query.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

async function bodyOf(request: Request, options: HandlerOptions): Promise<object> {
  if (request.method === 'GET' || request.method === 'HEAD' || options.body === 'raw') return {};
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new Failure('request.invalid', 'the body must be JSON, with content type application/json');
  }
  const text = await readText(request);
  const body: unknown = text === '' ? {} : parseJson(text);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new Failure('request.invalid', 'the body must be a JSON object');
}

async function readText(request: Request): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MAX_BODY_BYTES)
      throw new Failure('request.too_large', `the body is larger than ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('request.invalid', 'the body is not readable JSON', { cause });
  }
}

/** What the API answers under an address that it does not have. */
export const unknownAddress = (request: Request): Response =>
  errorResponse(
    new Failure('not_found', `The API has nothing at ${new URL(request.url).pathname}.`),
    request,
  );

/** The answer for what was thrown. */
export function errorResponse(error: unknown, request: Request): Response {
  if (error instanceof Failure) return refusal(error.code, error);
  const requestId = requestIdOf(request.headers.get('x-request-id'));
  const code = codeOf(error);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const path = new URL(request.url).pathname;
  theLog().error(code, { requestId, method: request.method, path, stack });
  const message = `${CODES[code].what} Request ${requestId}.`;
  return refusal(code, { code, message, fix: CODES[code].fix, requestId });
}

/** What passes by itself says when to ask again. */
function refusal(code: Code, error: unknown): Response {
  const { http } = CODES[code];
  const response = json({ error }, http);
  const seconds =
    http === 429 ? (code === 'work.too_much' ? RETRY_SECONDS : TRIES_MINUTES * 60) : RETRY_AFTER_SECONDS;
  if (http === 503 || http === 429) response.headers.set('Retry-After', String(seconds));
  return response;
}

const codeOf = (error: unknown): Code => recordsTroubleCode(error) ?? 'server.fault';
