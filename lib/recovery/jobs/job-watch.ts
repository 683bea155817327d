import type { Progress } from '#lib/replay/run';

const BEAT_MS = 1_000;

/**
 * Does a job's work while its record hears of it about once a second: `beat` writes the newest progress and says whether
 * the work is still wanted. When it is not, the signal that the work has is aborted.
 */
export async function whileWanted<T>(
  outer: AbortSignal,
  beat: (progress: Progress | null) => Promise<boolean>,
  work: (signal: AbortSignal, report: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  const unwanted = new AbortController();
  let progress: Progress | null = null;
  let beating = false;
  let beatMs = Number.NEGATIVE_INFINITY;
  const tick = async (): Promise<void> => {
    if (beating) return;
    beating = true;
    beatMs = performance.now();
    try {
      if (!(await beat(progress))) unwanted.abort();
    } catch (error) {
      // the records are away for a moment: the work goes on, its end is what must be written
      console.error(`job: progress is not written: ${error instanceof Error ? error.message : error}`);
    } finally {
      beating = false;
    }
  };
  const timer = setInterval(() => void tick(), BEAT_MS);
  try {
    return await work(AbortSignal.any([outer, unwanted.signal]), (now) => {
      progress = now;
      if (performance.now() - beatMs >= BEAT_MS) void tick();
    });
  } finally {
    clearInterval(timer);
  }
}
