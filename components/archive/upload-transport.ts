import { ApiError, getJson, postJson } from '#components/query/api.ts';

/** Where a file stands on the server. */
export type Received = { readonly fileId: string; readonly receivedBytes: number };

/** How bytes get to the server. Every call throws ApiError, or an abort. */
export type UploadTransport = {
  /** Announces a file, or finds what the server has of it already. */
  readonly open: (file: { path: string; bytes: number }, signal: AbortSignal) => Promise<Received>;
  /** Sends a piece at an offset; answers how far the server is now. */
  readonly send: (fileId: string, offset: number, bytes: ArrayBuffer, signal: AbortSignal) => Promise<number>;
  /** States the hash; the server compares it with its own and keeps the file. */
  readonly complete: (fileId: string, sha256: string, signal: AbortSignal) => Promise<void>;
  readonly remove: (fileId: string) => Promise<void>;
};

type Answer = { readonly fileId?: string; readonly receivedBytes: number | string };

/** The uploads of one archive over Recount's API. `origin` is empty in the page. */
export function uploadTransport(archiveId: string, origin = ''): UploadTransport {
  const files = `${origin}/api/v1/archives/${encodeURIComponent(archiveId)}/files`;
  return {
    open: async (file, signal) => {
      const answer = await postJson<Answer & { fileId: string }>(files, file, { signal });
      return { fileId: answer.fileId, receivedBytes: Number(answer.receivedBytes) };
    },
    send: async (fileId, offset, bytes, signal) => {
      const response = await fetch(`${files}/${fileId}?offset=${offset}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream', accept: 'application/json' },
        body: bytes,
        signal,
        credentials: 'same-origin',
        cache: 'no-store',
      }).catch((cause: unknown) => {
        if (signal.aborted) throw cause;
        throw new ApiError('network', 'The connection to Recount was lost.', {
          fix: 'Press Go on when it answers again: what was sent is kept.',
          status: 0,
        });
      });
      if (response.ok) return Number(((await response.json()) as Answer).receivedBytes);
      // The server is elsewhere than this page thinks (a piece arrived, its answer did not): ask, and go on there.
      if (response.status === 409)
        return Number((await getJson<Answer>(`${files}/${fileId}`, { signal })).receivedBytes);
      throw await refusal(response);
    },
    complete: async (fileId, sha256, signal) => {
      await postJson(`${files}/${fileId}/complete`, { sha256 }, { signal });
    },
    remove: async (fileId) => {
      await postJson(`${files}/${fileId}`, {}, { method: 'DELETE' });
    },
  };
}

async function refusal(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as {
    error?: { code?: string; message?: string; fix?: string };
  } | null;
  return new ApiError(
    body?.error?.code ?? 'fault',
    body?.error?.message ?? `Recount answered ${response.status} to a piece of the file.`,
    { fix: body?.error?.fix ?? 'Press Go on to try again: what was sent is kept.', status: response.status },
  );
}
