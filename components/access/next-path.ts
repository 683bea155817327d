const START = '/incidents';

/** Where to go after signing in: a path of Recount's own, never another site. */
export function nextPath(given: string | readonly string[] | undefined): string {
  if (typeof given !== 'string' || !/^\/(?![/\\])/.test(given) || given.includes('\\')) return START;
  const url = URL.parse(given, 'http://recount.invalid');
  if (url === null || url.origin !== 'http://recount.invalid') return START;
  const isSignIn = /^\/(?:sign-in|welcome|invitation|api)(?:\/|$)/.test(url.pathname);
  return isSignIn ? START : url.pathname + url.search + url.hash;
}
