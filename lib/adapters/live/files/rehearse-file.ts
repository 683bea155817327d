import { type FileWrite, rehearseInFile } from '#lib/adapters/live/files/write-patch';
import { Failure } from '#lib/base/failure';
import { formatInstant, fromMillis } from '#lib/base/instant';
import { type ApplyOptions, REHEARSAL_LIMIT_MS, type RehearseOptions } from '#lib/patch/live-store';
import type { SealedPatch } from '#lib/patch/patch';
import type { Rehearsal } from '#lib/patch/rehearsal';
import { rehearsalOf, StepWatch } from '#lib/patch/rehearsal-watch';

/**
 * Rehearses under the file's lock, which `locked` takes: other writers of Recount wait, readers do not. The limit is
 * looked at between the steps; one step of a large file may overrun it.
 */
export async function rehearseFile(
  patch: SealedPatch,
  options: RehearseOptions,
  locked: <T>(apply: ApplyOptions, work: (write: FileWrite) => Promise<T>) => Promise<T>,
): Promise<Rehearsal> {
  const { updates, inserts, deletes } = patch.header.counts;
  const watch = new StepWatch(updates + inserts + deletes, () => performance.now());
  const limitMs = options.limitMs ?? REHEARSAL_LIMIT_MS;
  const stop = new AbortController();
  let lockedSinceMs = 0;
  let lockedMs = 0;
  const apply: ApplyOptions = {
    signatures: options.signatures,
    signal: AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])]),
    onProgress: async (progress) => {
      watch.meet(progress);
      if (lockedSinceMs > 0 && performance.now() - lockedSinceMs > limitMs) stop.abort();
      await options.onProgress?.(progress);
    },
  };
  const made = async (): Promise<{ status: Awaited<ReturnType<typeof rehearseInFile>> }> => {
    if (updates + inserts + deletes === 0) return { status: 'nothing_to_apply' };
    try {
      return await locked(apply, async (write) => {
        lockedSinceMs = performance.now();
        try {
          return { status: await rehearseInFile(write, patch, options.undo) };
        } finally {
          lockedMs = performance.now() - lockedSinceMs;
        }
      });
    } catch (error) {
      const isOver = stop.signal.aborted && options.signal?.aborted !== true;
      if (error instanceof Failure && error.code === 'run.cancelled' && isOver) throw watch.timeout(limitMs);
      throw error;
    }
  };
  const now = (): string => formatInstant(fromMillis(Date.now()));
  return await rehearsalOf(made, watch, () => lockedMs, limitMs, now);
}
