import { Failure } from '#lib/base/failure';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** What of a request decides whether it may come in. `path`: without the query. */
export type Incoming = {
  readonly method: string;
  readonly path: string;
  header(name: string): string | null;
};

/** Probes and load balancers ask by address. Without signing in these tell nothing, and no cookie goes to another host. */
const PROBES: readonly string[] = ['/api/v1/health', '/api/v1/ready'];

/**
 * Refuses what a page of another origin, or of another name for this machine, could send: a Host that is not
 * this machine (DNS rebinding), and a write from elsewhere (request forgery). Throws `request.forbidden`.
 * A client that is no browser sends neither Origin nor Sec-Fetch-Site; it may write. Health and readiness are told whatever the
 * Host. `own`: the origin that
 * Recount is opened at; null: this machine only, without TLS.
 */
export function refuseForeign(request: Incoming, own: string | null = null): void {
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (isReading && PROBES.includes(request.path)) return;
  const host = request.header('host') ?? '';
  const isOwn = own === null ? LOOPBACK.has(hostname(host)) : host.toLowerCase() === new URL(own).host;
  if (!isOwn) {
    throw new Failure('request.forbidden', 'the request names a host that Recount does not answer for');
  }
  if (isReading) return;
  const site = request.header('sec-fetch-site');
  const origin = request.header('origin');
  const isElsewhere = origin !== null && origin !== (own ?? `http://${host}`);
  if ((site !== null && site !== 'same-origin') || isElsewhere) {
    throw new Failure('request.forbidden', 'the request comes from a page of another origin');
  }
}

/** Refuses an address that no page or verb can have: escapes that are no UTF-8, and NUL. Throws `request.invalid`. */
export function refuseUnreadable(url: string): void {
  const path = url.split('?', 1)[0] ?? '';
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch (cause) {
    throw new Failure('request.invalid', 'the address has an escape (%..) that is no UTF-8 text', { cause });
  }
  if (decoded.includes('\0')) throw new Failure('request.invalid', 'the address holds a NUL character');
}

const hostname = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

/**
 * The headers of every answer. `nonce` is what the page's own inline scripts carry; a script without it does
 * not run. While developing, Next needs eval and its own socket.
 */
export function securityHeaders(
  nonce: string,
  { development, https }: { readonly development: boolean; readonly https: boolean },
): Readonly<Record<string, string>> {
  const policy = {
    'default-src': "'self'",
    'script-src': `'self' 'nonce-${nonce}'${development ? " 'unsafe-eval'" : ''}`,
    // charts and floating panels place themselves by style attributes, which can load nothing: url() is bound by img-src
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data: blob:",
    'font-src': "'self'",
    'connect-src': development ? "'self' ws:" : "'self'",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
  };
  return {
    'Content-Security-Policy': Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join('; '),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'X-Robots-Tag': 'noindex, nofollow',
    ...(https ? { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } : {}),
  };
}
