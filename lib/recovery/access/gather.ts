/**
 * Keeps what happens often from being said as often: the first of its kind is said at once, those of the following
 * `quietMs` in one at their end. `kind` names what counts as the same; `say` gets how many it stands for, and the first
 * of them.
 */
export function gather<T>(
  say: (first: T, count: number) => void,
  quietMs: number,
): (kind: string, one: T) => void {
  const waiting = new Map<string, { first: T | null; count: number }>();
  const rest = (kind: string): void => {
    waiting.set(kind, { first: null, count: 0 });
    // a process that ends does not wait for it: what it had gathered is not said then
    setTimeout(() => wake(kind), quietMs).unref();
  };
  const wake = (kind: string): void => {
    const { first, count } = waiting.get(kind) ?? { first: null, count: 0 };
    waiting.delete(kind);
    if (first === null) return;
    rest(kind);
    say(first, count);
  };
  return (kind, one) => {
    const gathered = waiting.get(kind);
    if (gathered === undefined) {
      rest(kind);
      say(one, 1);
      return;
    }
    gathered.first ??= one;
    gathered.count += 1;
  };
}
