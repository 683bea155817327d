/** What somebody does in a page. Not the movement of a pointer: a desk shakes. */
const DOINGS = ['pointerdown', 'keydown', 'click', 'input', 'wheel', 'touchmove'] as const;
/** For so long after that, what the page asks for counts as asked for by that person. It asks more often than that. */
const USE_MS = 60_000;

/** Opening the page was somebody's doing. */
let lastMs = Date.now();

/** Notes from now on whenever somebody does something in the page. Gives what ends it. */
export function watchUse(page: EventTarget): () => void {
  const note = () => {
    lastMs = Date.now();
  };
  for (const doing of DOINGS) page.addEventListener(doing, note, { capture: true, passive: true });
  return () => {
    for (const doing of DOINGS) page.removeEventListener(doing, note, { capture: true });
  };
}

/**
 * What a request says of itself: whether the page sends it while nobody does anything in it. Such requests do not prolong
 * the session: lib/recovery/access/resolve-actor.ts.
 */
export const byItselfHeaders = (): Readonly<Record<string, string>> =>
  Date.now() - lastMs > USE_MS ? { 'x-recount-by-itself': '1' } : {};
