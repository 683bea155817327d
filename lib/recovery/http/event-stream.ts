import { setTimeout as sleep } from 'node:timers/promises';
import { oneMore } from '#lib/recovery/setup/at-once';

const POLL_MS = 400;
const HEARTBEAT_MS = 15_000;
/** So often it is asked whether the reader may still read. */
const RECHECK_MS = 2_000;

/** The newest state of what is watched; `final`: nothing will change any more. */
export type Watched<T> = { readonly view: T; readonly final: boolean };

export type Reader = {
  readonly personId: string;
  /** Aborted when the reader goes. */
  readonly gone: AbortSignal;
  /** Whether the reader may still read: lib/recovery/access/may-still.ts. */
  readonly mayStill: () => Promise<boolean>;
};

/**
 * An answer of server-sent events: the state when it is opened, then whenever it changed, until it is final. Only the
 * newest state is ever sent: nothing is read while a slow reader has not taken the last one. Ends when the reader goes,
 * and within seconds when the reader may no longer read. Failure work.too_much: one person follows too much at once.
 */
export function eventStream<T>(
  read: () => Promise<Watched<T>>,
  { personId, gone, mayStill }: Reader,
): Response {
  const done = oneMore('streams', personId);
  const end = new AbortController();
  const signal = AbortSignal.any([gone, end.signal]);
  signal.addEventListener('abort', done, { once: true });
  if (signal.aborted) done();
  const encoder = new TextEncoder();
  let last = '';
  let sentMs = performance.now();
  let askedMs = sentMs;
  let over = false;

  /** The next thing to say; null when there is nothing more. */
  async function next(): Promise<string | null> {
    while (!over && !signal.aborted) {
      if (performance.now() - askedMs >= RECHECK_MS) {
        if (!(await mayStill())) return null;
        askedMs = performance.now();
      }
      const { view, final } = await read();
      over = final;
      const text = JSON.stringify(view, (_, item: unknown) =>
        typeof item === 'bigint' ? String(item) : item,
      );
      if (text !== last) {
        last = text;
        return `data: ${text}\n\n`;
      }
      if (over) break;
      if (performance.now() - sentMs >= HEARTBEAT_MS) return ': still there\n\n';
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    return null;
  }

  /** The records are away, say: the stream ends cleanly, and the reader opens it again or asks by itself. */
  function ended(error: unknown): null {
    console.error(`events: ${error instanceof Error ? error.message : error}`);
    return null;
  }

  const body = new ReadableStream<Uint8Array>(
    {
      // called only when the reader has taken what was sent before
      pull: async (controller) => {
        const words = await next().catch(ended);
        if (words === null) {
          done();
          controller.close();
          return;
        }
        sentMs = performance.now();
        controller.enqueue(encoder.encode(words));
      },
      cancel: () => end.abort(),
    },
    { highWaterMark: 1 },
  );
  return new Response(body, {
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
    },
  });
}
