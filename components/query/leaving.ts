/** Whether whoever uses this browser is signing out, by the button: the calls that are refused from then on lead nowhere. */
let isLeaving = false;

/** Says that the session is being ended from this page, or that this failed. */
export function setLeaving(is: boolean): void {
  isLeaving = is;
}

/** The session ended meanwhile: sign in, and come back to this page. Whoever signed out leaves no page to come back to. */
export function signInAgain(): void {
  const { pathname, search } = window.location;
  if (isLeaving || pathname === '/sign-in') return;
  window.location.assign(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
}
