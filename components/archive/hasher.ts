import type { HashAnswer, HashRequest } from '#components/archive/hash-worker.ts';

/** The hash of one file, taken beside the page so that typing stays smooth. */
export type FileHash = {
  /** Takes the bytes over; resolves when they are read. */
  readonly update: (bytes: ArrayBuffer) => Promise<void>;
  readonly digest: () => Promise<string>;
  readonly close: () => void;
};

export type Hasher = { readonly open: () => FileHash };

/** A hasher in a worker of its own. It starts with the first file and lives as long as the page. */
export function workerHasher(): Hasher {
  let worker: Worker | null = null;
  let streams = 0;
  const waiting: { resolve: (hash: string | null) => void; reject: (error: Error) => void }[] = [];

  function started(): Worker {
    if (worker !== null) return worker;
    worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', (event: MessageEvent<HashAnswer>) =>
      waiting.shift()?.resolve(event.data.hash),
    );
    worker.addEventListener('error', (event) => {
      worker = null;
      for (const one of waiting.splice(0)) one.reject(new Error(event.message || 'The hash worker ended.'));
    });
    return worker;
  }

  function ask(request: HashRequest, transfer: Transferable[] = []): Promise<string | null> {
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      started().postMessage(request, transfer);
    });
  }

  return {
    open: () => {
      streams += 1;
      const stream = streams;
      return {
        update: async (bytes) => void (await ask({ kind: 'update', stream, bytes }, [bytes])),
        digest: async () => (await ask({ kind: 'digest', stream })) ?? '',
        close: () => void ask({ kind: 'close', stream }).catch(() => undefined),
      };
    },
  };
}
