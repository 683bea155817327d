import { type Sha256, sha256 } from '#components/archive/sha256.ts';

/** To the worker: bytes of a stream, or its end. The streams are numbered by the page. */
export type HashRequest =
  | { readonly kind: 'update'; readonly stream: number; readonly bytes: ArrayBuffer }
  | { readonly kind: 'digest'; readonly stream: number }
  | { readonly kind: 'close'; readonly stream: number };

/** From the worker: one answer a request, in order; `hash` after a digest, else null. */
export type HashAnswer = { readonly stream: number; readonly hash: string | null };

const streams = new Map<number, Sha256>();

function answer({ stream, ...request }: HashRequest): HashAnswer {
  const hash = streams.get(stream) ?? sha256();
  if (request.kind === 'update') {
    hash.update(new Uint8Array(request.bytes));
    streams.set(stream, hash);
    return { stream, hash: null };
  }
  streams.delete(stream);
  return { stream, hash: request.kind === 'digest' ? hash.digest() : null };
}

addEventListener('message', (event: MessageEvent<HashRequest>) => {
  const reply: HashAnswer = answer(event.data);
  postMessage(reply);
});
