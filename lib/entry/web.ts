import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import next from 'next';
import { ADDRESS_HEADER } from '#lib/adapters/auth/auth';
import { captureOutput, openLog, setLog, withLogFields } from '#lib/adapters/log/log';
import { nameMetrics } from '#lib/adapters/metrics/metrics';
import { CODES } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import { onStop } from '#lib/entry/child';
import { addressOf, isSignInNeeded, unknownProxy } from '#lib/recovery/http/gate';
import { refuseForeign, refuseUnreadable, securityHeaders } from '#lib/recovery/http/http-guard';
import { requestIdOf } from '#lib/recovery/http/tell-request';
import { readEnv } from '#lib/recovery/setup/env';

// The pages and the API. Next behind a server of our own: every answer gets the security
// headers with a fresh nonce, and no request body passes a proxy, which would cut it at 10 MB.

process.umask(0o077); // what is written into the data folder is for this account only
const development = process.argv.includes('--dev');
const { host, port, origin, trustedProxies, log: form } = readEnv();
const log = setLog(openLog('web', form));
// so that no name in a message can steer a terminal; Next's own colours stay for whoever develops
if (form === 'json' || !development) captureOutput(log);
nameMetrics('web');
const app = next({ dev: development, hostname: host, port });
await prepared();
const handle = app.getRequestHandler();

/** Next tells that it read its configuration, which is of no use to who starts this; what goes wrong is told. */
async function prepared(): Promise<void> {
  const { log: told } = console;
  if (!development) console.log = () => {};
  await app.prepare();
  console.log = told;
}

async function answer(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
  request.headers['x-request-id'] = requestId;
  response.setHeader('X-Request-Id', requestId);
  tellPage(request, response, requestId);
  const nonce = randomBytes(16).toString('base64');
  const headers = securityHeaders(nonce, { development, https: origin !== null });
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  try {
    const header = (name: string): string | null => [request.headers[name] ?? null].flat().join(', ') || null;
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    refuseForeign({ method: request.method ?? 'GET', path, header }, origin);
    refuseUnreadable(request.url ?? '/');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    response.writeHead(CODES[error.code].http, {
      'Content-Type': 'application/json; charset=utf-8',
      Connection: 'close',
    });
    response.end(JSON.stringify({ error }));
    return;
  }
  // what a client sends there must not count
  request.headers[ADDRESS_HEADER] = addressOf(request, trustedProxies);
  tellUnknownProxy(request);
  if (await isSignInNeeded(request, development)) {
    const next = encodeURIComponent(request.url ?? '/');
    response.writeHead(307, { Location: `/sign-in?next=${next}`, 'Cache-Control': 'no-store' });
    response.end();
    return;
  }
  // Next reads the nonce for its own inline scripts from here; what a client sends must not count
  request.headers['content-security-policy'] = headers['Content-Security-Policy'];
  await handle(request, response);
}

let proxyTold = false;

/** Told once: whoever deploys Recount behind a proxy forgets this most easily, and the limits of signing in rest on it. */
function tellUnknownProxy(request: IncomingMessage): void {
  const proxy = proxyTold || origin === null ? null : unknownProxy(request, trustedProxies);
  if (proxy === null) return;
  proxyTold = true;
  log.warn(
    `${proxy} passes requests on (X-Forwarded-For) and is not among RECOUNT_TRUSTED_PROXIES: everybody who comes through it counts as one address. If it is your proxy, add it there.`,
  );
}

/** The API tells of its own requests, by route and actor. */
function tellPage(request: IncomingMessage, response: ServerResponse, requestId: string): void {
  const { method = 'GET', url = '/' } = request;
  if (form !== 'json' || /^\/(?:api|_next)\//.test(url)) return;
  const startedMs = performance.now();
  response.once('close', () => {
    const elapsedMs = Math.round((performance.now() - startedMs) * 10) / 10;
    log.event('request', {
      requestId,
      method,
      route: 'page',
      status: response.statusCode,
      elapsedMs,
      actor: null,
    });
  });
}

const server = createServer((request, response) => {
  const requestId = requestIdOf([request.headers['x-request-id']].flat()[0]);
  // what a library prints on the way says which request it was
  void withLogFields({ requestId }, () =>
    answer(request, response, requestId).catch((error: unknown) => {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error('a request ended in a fault', { stack });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }),
  );
});
server.requestTimeout = 0; // an upload may take hours
server.headersTimeout = 30_000;

server.once('error', (error) => {
  log.error(`the pages cannot be served: ${error.message}`);
  process.exit(1);
});
server.listen(port, host);

onStop(async () => {
  server.close();
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), 2_000).unref();
  await app.close();
});
