import { randomUUID } from 'node:crypto';
import { theLog } from '#lib/adapters/log/log';
import { theMetrics } from '#lib/adapters/metrics/metrics';

type Params = Readonly<Record<string, string | string[] | undefined>>;

const REQUEST_ID = /^[\w.:-]{8,128}$/;

/** The number of a request: what a proxy gave it, or a new one. */
export const requestIdOf = (given: string | null | undefined): string =>
  given !== null && given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();

/** `/api/v1/runs/[id]`: an address with the names of its parts, so that there are as many as routes. */
export function routeOf(pathname: string, params: Params): string {
  const parts = pathname.split('/');
  for (const [name, value] of Object.entries(params)) {
    for (const one of [value ?? []].flat()) {
      const at = parts.findIndex(
        (part) => part === one || part === encodeURIComponent(one) || decoded(part) === one,
      );
      if (at >= 0) parts[at] = `[${name}]`;
    }
  }
  return parts.join('/');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Counts and logs a request that was answered. */
export function tellRequest(
  request: Request,
  params: Params,
  status: number,
  startedMs: number,
  actor: string,
): void {
  const elapsedMs = Math.round((performance.now() - startedMs) * 10) / 10;
  const route = routeOf(new URL(request.url).pathname, params);
  const { method } = request;
  theMetrics().httpSeconds.observe({ method, route, status: String(status) }, elapsedMs / 1_000);
  const requestId = requestIdOf(request.headers.get('x-request-id'));
  theLog().event('request', {
    requestId,
    method,
    route,
    status,
    elapsedMs,
    actor: actor === '' ? null : actor,
  });
}
