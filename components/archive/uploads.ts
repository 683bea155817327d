import type { FileHash, Hasher } from '#components/archive/hasher.ts';
import type { UploadTransport } from '#components/archive/upload-transport.ts';
import { ApiError, apiErrorOf } from '#components/query/api.ts';

export type UploadState = 'waiting' | 'sending' | 'paused' | 'checking' | 'done' | 'failed';

export type UploadItem = {
  readonly id: number;
  readonly path: string;
  readonly bytes: number;
  readonly sentBytes: number;
  /** Bytes that the server had already when this page came to it. */
  readonly foundBytes: number;
  readonly state: UploadState;
  readonly sha256: string | null;
  readonly error: { readonly message: string; readonly fix: string } | null;
};

/** A file with its path under the archive's root. */
export type LocalFile = { readonly path: string; readonly file: Blob };

export type Uploads = {
  readonly add: (files: readonly LocalFile[]) => void;
  readonly pause: (id: number) => void;
  readonly resume: (id: number) => void;
  readonly pauseAll: () => void;
  readonly resumeAll: () => void;
  /** Stops a file and has the server forget it. */
  readonly cancel: (id: number) => Promise<void>;
  readonly items: () => readonly UploadItem[];
  readonly subscribe: (listener: () => void) => () => void;
};

type Options = {
  readonly transport: UploadTransport;
  readonly hasher: Hasher;
  /** Below the 10 MB at which some front servers cut a request. */
  readonly pieceBytes?: number;
  /** Files under way at once. */
  readonly lanes?: number;
};

type Job = {
  readonly file: Blob;
  item: UploadItem;
  fileId: string | null;
  hash: FileHash | null;
  hashedBytes: number;
  stop: AbortController | null;
};

/** Sends the files of one archive, hashing them on the way. It goes on where the server stands, also after a reload. */
export function createUploads({
  transport,
  hasher,
  pieceBytes = 4 * 1024 * 1024,
  lanes = 2,
}: Options): Uploads {
  const jobs = new Map<number, Job>();
  const listeners = new Set<() => void>();
  let list: readonly UploadItem[] = [];
  let lastId = 0;

  const tell = (): void => {
    list = Array.from(jobs.values(), (job) => job.item);
    for (const listener of listeners) listener();
  };
  const set = (job: Job, change: Partial<UploadItem>): void => {
    job.item = { ...job.item, ...change };
    if (jobs.has(job.item.id)) tell();
  };

  function fill(): void {
    const running = Array.from(jobs.values()).filter((job) => job.stop !== null).length;
    const next = Array.from(jobs.values()).filter((job) => job.item.state === 'waiting' && job.stop === null);
    for (const job of next.slice(0, Math.max(0, lanes - running))) void run(job);
  }

  async function run(job: Job): Promise<void> {
    const stop = new AbortController();
    job.stop = stop;
    set(job, { state: 'sending', error: null });
    try {
      await sendFile(job, stop.signal);
      set(job, { state: 'done' });
    } catch (thrown) {
      if (!stop.signal.aborted) await fail(job, thrown);
    } finally {
      job.stop = null;
      fill();
    }
  }

  async function sendFile(job: Job, signal: AbortSignal): Promise<void> {
    const { path, bytes } = job.item;
    const found = await transport.open({ path, bytes }, signal);
    job.fileId = found.fileId;
    set(job, { sentBytes: found.receivedBytes, foundBytes: found.receivedBytes });
    let received = found.receivedBytes;
    while (received < bytes || job.hashedBytes < bytes) {
      const from = Math.min(job.hashedBytes, received);
      const before = job.hashedBytes + received;
      const piece = await job.file.slice(from, Math.min(bytes, from + pieceBytes)).arrayBuffer();
      signal.throwIfAborted();
      const end = from + piece.byteLength;
      if (end > received) {
        received = await transport.send(job.fileId, received, piece.slice(received - from), signal);
        set(job, { sentBytes: received });
      }
      if (end > job.hashedBytes) {
        const fresh = piece.slice(job.hashedBytes - from);
        job.hash ??= hasher.open();
        job.hashedBytes = end;
        await job.hash.update(fresh);
      }
      if (job.hashedBytes + received <= before) throw stuck(path, received);
    }
    signal.throwIfAborted();
    set(job, { state: 'checking' });
    const sha256 = job.item.sha256 ?? (await (job.hash ?? hasher.open()).digest());
    set(job, { sha256 });
    await transport.complete(job.fileId, sha256, signal);
  }

  async function fail(job: Job, thrown: unknown): Promise<void> {
    const error = wordsOf(thrown, job.item.path);
    // What arrived is not the file: it can't be mended by going on, only by sending it anew.
    if (thrown instanceof ApiError && thrown.code === 'upload.mismatch' && job.fileId !== null) {
      await transport.remove(job.fileId).catch(() => undefined);
      startOver(job);
    }
    set(job, { state: 'failed', error });
  }

  function startOver(job: Job): void {
    job.hash?.close();
    job.hash = null;
    job.hashedBytes = 0;
    set(job, { sentBytes: 0, sha256: null });
  }

  function pause(id: number): void {
    const job = jobs.get(id);
    if (job === undefined || !['waiting', 'sending'].includes(job.item.state)) return;
    set(job, { state: 'paused' });
    job.stop?.abort();
  }

  function resume(id: number): void {
    const job = jobs.get(id);
    if (job === undefined || !['paused', 'failed'].includes(job.item.state)) return;
    set(job, { state: 'waiting', error: null });
    fill();
  }

  return {
    add: (files) => {
      for (const { path, file } of files) {
        const old = Array.from(jobs.values()).find((job) => job.item.path === path);
        if (old !== undefined && old.item.state !== 'failed') continue;
        if (old !== undefined) jobs.delete(old.item.id);
        lastId += 1;
        const item: UploadItem = {
          id: lastId,
          path,
          bytes: file.size,
          sentBytes: 0,
          foundBytes: 0,
          state: 'waiting',
          sha256: null,
          error: null,
        };
        jobs.set(lastId, { file, item, fileId: null, hash: null, hashedBytes: 0, stop: null });
      }
      tell();
      fill();
    },
    pause,
    resume,
    pauseAll: () => list.forEach((item) => void pause(item.id)),
    resumeAll: () => list.filter((item) => item.state === 'paused').forEach((item) => void resume(item.id)),
    cancel: async (id) => {
      const job = jobs.get(id);
      if (job === undefined) return;
      jobs.delete(id);
      job.stop?.abort();
      job.hash?.close();
      tell();
      if (job.fileId !== null) await transport.remove(job.fileId);
    },
    items: () => list,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function stuck(path: string, received: number): ApiError {
  return new ApiError('upload.mismatch', `The server takes no more of ${path} after ${received} bytes.`, {
    fix: 'Send the file again.',
    status: 422,
  });
}

function wordsOf(thrown: unknown, path: string): { message: string; fix: string } {
  if (thrown instanceof DOMException) {
    return {
      message: `The browser can't read ${path} any more: it was changed, moved or deleted.`,
      fix: 'Cancel it and choose the file again.',
    };
  }
  const { message, fix } = apiErrorOf(thrown);
  return { message, fix };
}

/** What all files together say. */
export function totalOf(items: readonly UploadItem[]): {
  readonly files: number;
  readonly done: number;
  readonly bytes: number;
  readonly sentBytes: number;
  readonly active: number;
  readonly paused: number;
  readonly failed: number;
} {
  const count = (...states: UploadState[]) => items.filter((item) => states.includes(item.state)).length;
  return {
    files: items.length,
    done: count('done'),
    bytes: items.reduce((sum, item) => sum + item.bytes, 0),
    sentBytes: items.reduce((sum, item) => sum + Math.min(item.sentBytes, item.bytes), 0),
    active: count('waiting', 'sending', 'checking'),
    paused: count('paused'),
    failed: count('failed'),
  };
}
