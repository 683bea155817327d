import { Failure } from '#lib/base/failure';

/**
 * Waits for the answer of a store that a page asked, at most so long, and always ends with `close`, which breaks off what
 * is still under way. Failure live.unreachable when the time is over.
 */
export async function within<T>(
  limitMs: number,
  who: string,
  answer: Promise<T>,
  close: () => Promise<void>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${who} did not answer within ${limitMs / 1000} seconds.`;
      reject(
        new Failure('live.unreachable', message, { fix: 'Try again; if it repeats, look at its load.' }),
      );
    }, limitMs);
  });
  // what is broken off by `close` afterwards is nobody's failure any more
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, over]);
  } finally {
    clearTimeout(timer);
    await close();
  }
}
