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
export class Uploads {
  readonly #transport: UploadTransport;
  readonly #hasher: Hasher;
  readonly #pieceBytes: number;
  readonly #lanes: number;
  readonly #jobs = new Map<number, Job>();
  readonly #listeners = new Set<() => void>();
  #list: readonly UploadItem[] = [];
  #lastId = 0;

  constructor({ transport, hasher, pieceBytes = 4 * 1024 * 1024, lanes = 2 }: Options) {
    this.#transport = transport;
    this.#hasher = hasher;
    this.#pieceBytes = pieceBytes;
    this.#lanes = lanes;
  }

  /**
   * Takes files on. One of a path that is there already is left out, unless that one failed. Answers the paths that were
   * left out, so that the page can say so.
   */
  add(files: readonly LocalFile[]): readonly string[] {
    const leftOut: string[] = [];
    for (const { path, file } of files) {
      const old = Array.from(this.#jobs.values()).find((job) => job.item.path === path);
      if (old !== undefined && old.item.state !== 'failed') {
        leftOut.push(path);
        continue;
      }
      if (old !== undefined) this.#jobs.delete(old.item.id);
      this.#lastId += 1;
      this.#jobs.set(this.#lastId, jobOf(this.#lastId, path, file));
    }
    this.#tell();
    this.#fill();
    return leftOut;
  }

  pause(id: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined || !['waiting', 'sending'].includes(job.item.state)) return;
    this.#set(job, { state: 'paused' });
    job.stop?.abort();
  }

  resume(id: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined || !['paused', 'failed'].includes(job.item.state)) return;
    this.#set(job, { state: 'waiting', error: null });
    this.#fill();
  }

  readonly pauseAll = (): void => {
    for (const { id } of this.#list) this.pause(id);
  };

  readonly resumeAll = (): void => {
    for (const { id } of this.#list.filter((item) => item.state === 'paused')) this.resume(id);
  };

  /** Stops a file and has the server forget it. Throws ApiError where that fails. */
  async cancel(id: number): Promise<void> {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    if (job.fileId !== null) {
      this.pause(id);
      await this.#transport.remove(job.fileId);
    }
    this.#jobs.delete(id);
    job.stop?.abort();
    job.hash?.close();
    this.#tell();
  }

  readonly items = (): readonly UploadItem[] => this.#list;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    this.#list = Array.from(this.#jobs.values(), (job) => job.item);
    for (const listener of this.#listeners) listener();
  }

  #set(job: Job, change: Partial<UploadItem>): void {
    job.item = { ...job.item, ...change };
    if (this.#jobs.has(job.item.id)) this.#tell();
  }

  #fill(): void {
    const jobs = Array.from(this.#jobs.values());
    const free = this.#lanes - jobs.filter((job) => job.stop !== null).length;
    const waiting = jobs.filter((job) => job.item.state === 'waiting' && job.stop === null);
    for (const job of waiting.slice(0, Math.max(0, free))) void this.#run(job);
  }

  async #run(job: Job): Promise<void> {
    const stop = new AbortController();
    job.stop = stop;
    this.#set(job, { state: 'sending', error: null });
    try {
      const fileId = await this.#send(job, stop.signal);
      await this.#finish(job, fileId, stop.signal);
      this.#set(job, { state: 'done' });
    } catch (thrown) {
      if (!stop.signal.aborted) await this.#fail(job, thrown);
    } finally {
      job.stop = null;
      this.#fill();
    }
  }

  /** Reads the file from where either the server or the hash stands, and brings both to its end. */
  async #send(job: Job, signal: AbortSignal): Promise<string> {
    const { path, bytes } = job.item;
    const { fileId, receivedBytes } = await this.#transport.open({ path, bytes }, signal);
    job.fileId = fileId;
    this.#set(job, { sentBytes: receivedBytes, foundBytes: receivedBytes });
    let received = receivedBytes;
    while (received < bytes || job.hashedBytes < bytes) {
      const from = Math.min(job.hashedBytes, received);
      const before = job.hashedBytes + received;
      const piece = await job.file.slice(from, Math.min(bytes, from + this.#pieceBytes)).arrayBuffer();
      signal.throwIfAborted();
      const end = from + piece.byteLength;
      if (end > received) {
        received = await this.#transport.send(fileId, received, piece.slice(received - from), signal);
        this.#set(job, { sentBytes: received });
      }
      if (end > job.hashedBytes) {
        const fresh = piece.slice(job.hashedBytes - from);
        job.hash ??= this.#hasher.open();
        job.hashedBytes = end;
        await job.hash.update(fresh);
      }
      if (job.hashedBytes + received <= before) throw stuck(path, received);
    }
    return fileId;
  }

  async #finish(job: Job, fileId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#set(job, { state: 'checking' });
    const sha256 = job.item.sha256 ?? (await (job.hash ?? this.#hasher.open()).digest());
    this.#set(job, { sha256 });
    await this.#transport.complete(fileId, sha256, signal);
  }

  async #fail(job: Job, thrown: unknown): Promise<void> {
    // What arrived is not the file: it can't be mended by going on, only by sending it anew.
    if (thrown instanceof ApiError && thrown.code === 'upload.mismatch' && job.fileId !== null) {
      await this.#transport.remove(job.fileId).catch(() => undefined);
      job.hash?.close();
      job.hash = null;
      job.hashedBytes = 0;
      this.#set(job, { sentBytes: 0, sha256: null });
    }
    this.#set(job, { state: 'failed', error: wordsOf(thrown, job.item.path) });
  }
}

function jobOf(id: number, path: string, file: Blob): Job {
  const item: UploadItem = {
    id,
    path,
    bytes: file.size,
    sentBytes: 0,
    foundBytes: 0,
    state: 'waiting',
    sha256: null,
    error: null,
  };
  return { file, item, fileId: null, hash: null, hashedBytes: 0, stop: null };
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
