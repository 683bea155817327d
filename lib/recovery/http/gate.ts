import type { IncomingMessage } from 'node:http';
import { resolveActor } from '#lib/recovery/access/resolve-actor';
import { webContext } from '#lib/recovery/setup/context';
import { isTrusted } from '#lib/recovery/setup/env-access';

/** Pages that answer without signing in. What they show comes from verbs, which decide for themselves. */
export const OPEN_PAGES: readonly string[] = ['/sign-in', '/welcome', '/invitation', '/r'];
/** Files of the build and of public/; no segment of dots, so that nothing else is reached through them. */
const STATIC = /^\/_next\/static\/(?:[\w~@()[\]%+,-]|\.(?![./]))+(?:\/(?:[\w~@()[\]%+,-]|\.(?![./]))+)*$/;
const PUBLIC_FILES: readonly string[] = ['/icon.svg', '/recovery-plan.schema.json'];
const DEVELOPMENT = /^\/(?:_next|__nextjs)/;
const API = /^\/api\//;

/** Whether this address is a page that needs signing in, in whatever form Next serves it. */
export function isClosedPage(url: string, development: boolean): boolean {
  const path = url.split('?', 1)[0] ?? '';
  if (OPEN_PAGES.includes(path) || PUBLIC_FILES.includes(path) || STATIC.test(path)) return false;
  if (development && DEVELOPMENT.test(path)) return false;
  // an address that is not plain may be another one to whoever decodes it
  return !API.test(path) || /%2e|%2f|%5c|\\|\/\.\.?(?:\/|$)/i.test(path);
}

/** Whether a request for a page must sign in first. Verbs behind /api/ answer for themselves. */
export async function isSignInNeeded(request: IncomingMessage, development: boolean): Promise<boolean> {
  if (!isClosedPage(request.url ?? '/', development)) return false;
  try {
    const get = (name: string): string | null => [request.headers[name] ?? null].flat().join(', ') || null;
    return (await resolveActor(await webContext(), { get })).role === 'nobody';
  } catch {
    return false; // the records are away: the page's own layout asks again, and says so
  }
}

/** Where a request comes from: the other end, or what a trusted proxy says of it. */
export function addressOf(request: IncomingMessage, trusted: readonly string[]): string {
  let address = plain(request.socket.remoteAddress ?? '');
  const hops = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  // from the nearest on: each hop is told by the one before it, so that it counts only if that one is trusted
  for (const hop of hops.map((text) => plain(text.trim())).toReversed()) {
    if (hop === '' || !isTrusted(address, trusted)) break;
    address = hop;
  }
  return address;
}

/** Who passes on what others asked for, and is not trusted: all who come through it count as one address. */
export function unknownProxy(request: IncomingMessage, trusted: readonly string[]): string | null {
  if (request.headers['x-forwarded-for'] === undefined) return null;
  const address = plain(request.socket.remoteAddress ?? '');
  return isTrusted(address, trusted) ? null : address;
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
