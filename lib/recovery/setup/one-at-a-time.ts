// Next may load this module several times in one process: what is under way is kept beside it.
declare global {
  var recountUnderWay: Map<string, Promise<unknown>> | undefined;
}

/** Runs work of the same name one after the other, in the order in which it was asked for. */
export async function oneAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  globalThis.recountUnderWay ??= new Map();
  const underWay = globalThis.recountUnderWay;
  const before = underWay.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.catch(() => undefined);
  underWay.set(name, settled);
  try {
    return await mine;
  } finally {
    if (underWay.get(name) === settled) underWay.delete(name);
  }
}
