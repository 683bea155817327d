import { byItselfHeaders } from '#components/query/page-use.ts';

/** What the server answered instead of what was asked for, in its own words. */
export class ApiError extends Error {
  /** A code of lib/base/codes.ts; `network` when no answer came, `fault` when it was none of Recount's. */
  readonly code: string;
  readonly fix: string;
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Everything else the error says: the stale rows, the other problems, the request's id. */
  readonly details: Readonly<Record<string, unknown>>;
  /** How long the answer took; 0 where that does not matter. */
  readonly elapsedMs: number;

  constructor(
    code: string,
    message: string,
    {
      fix,
      status,
      details = {},
      elapsedMs = 0,
    }: { fix: string; status: number; details?: Record<string, unknown>; elapsedMs?: number },
  ) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.fix = fix;
    this.status = status;
    this.details = details;
    this.elapsedMs = elapsedMs;
  }
}

type Init = Omit<RequestInit, 'headers'> & { readonly headers: Readonly<Record<string, string>> };
type Options = { signal?: AbortSignal | undefined };

/**
 * Reads JSON from Recount's own API. The type is the contract of the route, which parses and builds its answers
 * itself. Throws ApiError for every answer that is not 2xx, and when none comes.
 */
export async function getJson<Answer>(path: string, { signal }: Options = {}): Promise<Answer> {
  return ask<Answer>(path, {
    method: 'GET',
    headers: { accept: 'application/json' },
    ...(signal ? { signal } : {}),
  });
}

/** Sends JSON and reads the answer, as getJson does. `method` is POST unless given. */
export async function postJson<Answer>(
  path: string,
  body: unknown = {},
  { signal, method = 'POST' }: Options & { method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE' } = {},
): Promise<Answer> {
  return ask<Answer>(path, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/** Sends JSON and gets a file. Throws ApiError as getJson does. */
export async function postForFile(path: string, body: unknown): Promise<Blob> {
  const headers = { 'content-type': 'application/json' };
  const response = await send(path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw errorOf(response.status, parse(await response.text()));
  return response.blob();
}

async function ask<Answer>(path: string, init: Init): Promise<Answer> {
  const startedMs = performance.now();
  const response = await send(path, init);
  const text = await response.text();
  const body = text === '' ? undefined : parse(text);
  if (!response.ok) throw errorOf(response.status, body, performance.now() - startedMs);
  if (body === UNREADABLE) throw errorOf(response.status, undefined);
  return body as Answer;
}

async function send(path: string, init: Init): Promise<Response> {
  const headers = { ...init.headers, ...byItselfHeaders() };
  const sent = { ...init, headers, credentials: 'same-origin', cache: 'no-store' } as const;
  return fetch(path, sent).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    throw new ApiError('network', 'Recount does not answer.', {
      fix: 'Check that it is still running, then try again. What it was doing goes on without this page.',
      status: 0,
    });
  });
}

const UNREADABLE = Symbol('unreadable');

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return UNREADABLE;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function errorOf(status: number, body: unknown, elapsedMs = 0): ApiError {
  const error = isRecord(body) && isRecord(body.error) ? body.error : undefined;
  if (error !== undefined && typeof error.code === 'string' && typeof error.message === 'string') {
    const { code, message, fix, ...details } = error;
    return new ApiError(error.code, error.message, {
      fix: typeof fix === 'string' ? fix : '',
      status,
      details,
      elapsedMs,
    });
  }
  return new ApiError('fault', `Recount answered ${status} without saying why.`, {
    fix: 'Try again. If it repeats, look into the log of the server.',
    status,
  });
}

/** Any thrown value as an ApiError, so that a screen has one kind to show. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError('fault', `The page failed: ${message}`, { fix: 'Reload the page.', status: 0 });
}
